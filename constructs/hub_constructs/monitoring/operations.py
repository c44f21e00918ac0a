"""Everything of a stack's monitoring in one place: topic, alarms that notify it, and the dashboard with both."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.monitoring.alarms import AlarmContext, AlarmSpec, Arithmetic, Metric, make_alarm, rows
from hub_constructs.monitoring.notifications import Notifications, NotificationsProps

COLUMNS, WIDTH, HEIGHT = 3, 8, 6  # of 24 units a row
ALARMS_HEIGHT = 3


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One graph; ``unit`` names the axis, which begins at ``lowest`` (None: where the values do)."""

    title: str
    shown: Sequence[Metric | Arithmetic]
    unit: str = ""
    lowest: float | None = 0


@dataclass(frozen=True, kw_only=True)
class DashboardProps:
    """``alarm_arns`` are shown with their states, in this order."""

    name: str
    region: str
    alarm_arns: Sequence[str]
    graphs: Sequence[Graph]


class Dashboard(Construct):
    """The dashboard at the address ``operations``."""

    def __init__(self, scope: Construct, id_: str, props: DashboardProps) -> None:
        super().__init__(scope, id_)
        alarms = {
            "type": "alarm",
            "x": 0,
            "y": 0,
            "width": COLUMNS * WIDTH,
            "height": ALARMS_HEIGHT,
            "properties": {"title": "Alarms", "alarms": list(props.alarm_arns)},
        }
        graphs = [_widget(graph, place, props.region) for place, graph in enumerate(props.graphs)]
        self.dashboard = at(
            CloudwatchDashboard(
                self,
                "dashboard",
                dashboard_name=props.name,
                dashboard_body=Fn.jsonencode({"widgets": [alarms, *graphs]}),
            ),
            "operations",
        )


def _widget(graph: Graph, place: int, region: str) -> dict[str, object]:
    axis: dict[str, object] = {"showUnits": False}
    if graph.unit:
        axis["label"] = graph.unit
    if graph.lowest is not None:
        axis["min"] = graph.lowest
    return {
        "type": "metric",
        "x": place % COLUMNS * WIDTH,
        "y": ALARMS_HEIGHT + place // COLUMNS * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": graph.title,
            "view": "timeSeries",
            "region": region,
            "metrics": rows(graph.shown),
            "yAxis": {"left": axis},
        },
    }


@dataclass(frozen=True, kw_only=True)
class OperationsProps:
    """What is watched (``alarms``) and shown (``graphs``); ``notifications`` tells who hears of it and where it runs."""

    notifications: NotificationsProps
    alarms: Sequence[AlarmSpec]
    graphs: Sequence[Graph]


class Operations(Construct):
    """The monitoring of one stack."""

    def __init__(self, scope: Construct, id_: str, props: OperationsProps) -> None:
        super().__init__(scope, id_)
        told = props.notifications
        self.notifications = Notifications(self, "notifications", told)
        context = AlarmContext(prefix=told.name, topic_arn=self.notifications.topic.arn)
        self.alarms = [make_alarm(self, spec, context) for spec in props.alarms]
        self.dashboard = Dashboard(
            self,
            "dashboard",
            DashboardProps(
                name=told.name,
                region=told.region,
                alarm_arns=[alarm.arn for alarm in self.alarms],
                graphs=props.graphs,
            ),
        )
