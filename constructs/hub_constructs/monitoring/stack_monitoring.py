"""All of a stack's monitoring: the topic, the alarms that notify it, and the dashboard with both."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import Fn
from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.monitoring.alarms import (
    AlarmContext,
    AlarmSpec,
    Metric,
    MetricMath,
    make_alarm,
    widget_rows,
)
from hub_constructs.monitoring.notifications import Notifications, NotificationsProps

COLUMNS, WIDTH, HEIGHT = 3, 8, 6  # of 24 units a row
ALARMS_HEIGHT = 3


@dataclass(frozen=True, kw_only=True)
class Graph:
    """One graph; ``unit`` names the axis, which begins at ``lowest`` (None: where the values do)."""

    title: str
    metrics: Sequence[Metric | MetricMath]
    unit: str = ""
    lowest: float | None = 0


@dataclass(frozen=True, kw_only=True)
class StackMonitoringProps:
    """The alarms, the graphs of the dashboard, and in ``notifications`` who is notified and in which account and region."""

    notifications: NotificationsProps
    alarms: Sequence[AlarmSpec]
    graphs: Sequence[Graph]


class StackMonitoring(Construct):
    """The monitoring of one stack."""

    def __init__(self, scope: Construct, id_: str, props: StackMonitoringProps) -> None:
        super().__init__(scope, id_)
        notified = props.notifications
        self.notifications = Notifications(self, "notifications", notified)
        context = AlarmContext(prefix=notified.name, topic_arn=self.notifications.topic.arn)
        self.alarms = [make_alarm(self, spec, context) for spec in props.alarms]
        self.dashboard = Dashboard(
            self,
            "dashboard",
            DashboardProps(
                name=notified.name,
                region=notified.region,
                alarm_arns=[alarm.arn for alarm in self.alarms],
                graphs=props.graphs,
            ),
        )


@dataclass(frozen=True, kw_only=True)
class DashboardProps:
    """``alarm_arns`` are shown with their states, in this order."""

    name: str
    region: str
    alarm_arns: Sequence[str]
    graphs: Sequence[Graph]


class Dashboard(Construct):
    """The state of all alarms on top, then a graph for each question that operators ask; at the address ``operations``."""

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
        graphs = [_widget(graph, position, props.region) for position, graph in enumerate(props.graphs)]
        self.dashboard = at(
            CloudwatchDashboard(
                self,
                "dashboard",
                dashboard_name=props.name,
                dashboard_body=Fn.jsonencode({"widgets": [alarms, *graphs]}),
            ),
            "operations",
        )


def _widget(graph: Graph, position: int, region: str) -> dict[str, object]:
    axis: dict[str, object] = {"showUnits": False}
    if graph.unit:
        axis["label"] = graph.unit
    if graph.lowest is not None:
        axis["min"] = graph.lowest
    return {
        "type": "metric",
        "x": position % COLUMNS * WIDTH,
        "y": ALARMS_HEIGHT + position // COLUMNS * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": graph.title,
            "view": "timeSeries",
            "region": region,
            "metrics": widget_rows(graph.metrics),
            "yAxis": {"left": axis},
        },
    }
