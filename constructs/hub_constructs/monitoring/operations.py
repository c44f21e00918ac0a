"""Everything of a stack's monitoring in one place: topic, alarms that notify it, and the dashboard with both."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from hub_constructs.monitoring.alarms import AlarmContext, AlarmSpec, make_alarm
from hub_constructs.monitoring.dashboard import Dashboard, DashboardProps, Graph
from hub_constructs.monitoring.notifications import Notifications, NotificationsProps


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
