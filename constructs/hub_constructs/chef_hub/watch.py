"""What operators of the Chef hub watch: the hub itself, converges, instances, capacity, certificate and shared files.

The nodes publish the hub's metrics, each with the deployment's prefix as its one dimension.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub_constructs.chef_hub.node_contract import PARAMETER_PREFIX
from hub_constructs.monitoring.alarms import AlarmSpec, Metric
from hub_constructs.monitoring.shared_watches import (
    DESIRED,
    DISK_LIMIT,
    IN_SERVICE,
    MAX_SIZE,
    disk_limit_alarm,
    file_system_alarms,
    file_system_graphs,
    group_alarms,
    group_metric,
    pool_graphs,
)
from hub_constructs.monitoring.stack_monitoring import Graph
from hub_constructs.shared.instance_role import Statement

NAMESPACE = "JupyterHub/ChefHub"
DIMENSION = "Deployment"
FAILED_RUNS = "FailedRuns"  # of a node's bootstrap or Chef client: 1 failed, 0 went well
HUB_ANSWERS = "HubAnswers"  # 1: nginx on the leader answers for the hub at /hub/health, else 0
USER_SESSIONS = "UserSessions"  # notebook servers with a running container
FREE_PLACES = "FreePlaces"  # places on workers that take users, less those of servers that start or wait
SERVER_ERRORS = "ServerErrors"  # 5xx answers of nginx since the run before
BACKUP_AGE = "BackupAge"  # minutes since the leader's database, secrets and Swarm were saved whole
CERTIFICATE_DAYS_LEFT = "CertificateDaysLeft"  # until the certificate that nginx serves ends
HOUR = 3600
ERRORS = 10  # answers in five minutes: one user's failing notebook is not an outage
BACKUP_ALARM_MINUTES = 60  # a copy is made of every minute in which something changed
CERTIFICATE_ALARM_DAYS = 20  # certbot renews 30 days ahead, and has then failed for ten days


@dataclass(frozen=True, kw_only=True)
class HubWatchProps:
    """``instances`` are the ids of the instances outside the group, by what people call them.

    ``lasting_addresses`` is whether these keep their public addresses when they are stopped and started. ``spare_places``
    is whether the hub may keep places free.
    """

    group_name: str
    file_system_id: str
    instances: Mapping[str, str]
    lasting_addresses: bool
    warm_pool: bool = False
    spare_places: bool = False


class HubWatch:
    """The hub's alarms and graphs."""

    def __init__(self, props: HubWatchProps) -> None:
        self._props = props

    def alarms(self) -> list[AlarmSpec]:
        """Return the alarms, the gravest first."""
        return [
            *self._hub_alarms(),
            *self._converge_alarms(),
            *self._instance_alarms(),
            *group_alarms(self._props.group_name, "workers"),
            *file_system_alarms(self._props.file_system_id),
        ]

    def graphs(self) -> list[Graph]:
        """Return the graphs, row by row."""
        return [
            *self._user_graphs(),
            *self._hub_graphs(),
            *file_system_graphs(self._props.file_system_id),
        ]

    def _hub_alarms(self) -> Iterator[AlarmSpec]:
        yield AlarmSpec(
            address="hub_silent",
            description="The hub has not answered on its leader for five minutes, or the leader says nothing: nobody can log in. "
            "Until the first deployment is through, this is so too. See: hubctl nodes.",
            metric=hub_metric(HUB_ANSWERS, "Maximum"),
            comparison="LessThanThreshold",
            threshold=1,
            periods=5,
            missing_data="breaching",
        )
        yield AlarmSpec(
            address="errors_hub",
            description=f"nginx answers with 5xx errors, {ERRORS} or more in five minutes, twice within a quarter of an "
            "hour. On the leader: journalctl -u jupyterhub -u jupyterhub-proxy, and /var/log/nginx/error.log.",
            metric=hub_metric(SERVER_ERRORS, "Sum", period=300),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=ERRORS,
            periods=3,
            datapoints=2,
            # The leader's silence is another alarm.
            missing_data="notBreaching",
        )
        yield AlarmSpec(
            address="certificate_expiry",
            description=f"The hub's certificate ends in less than {CERTIFICATE_ALARM_DAYS} days and was not renewed. On the "
            "leader: journalctl -u chef-hub-certificate -u chef-hub-certificate-copy; one of them is there, as the source asks.",
            metric=hub_metric(CERTIFICATE_DAYS_LEFT, "Minimum", period=HOUR),
            comparison="LessThanThreshold",
            threshold=CERTIFICATE_ALARM_DAYS,
            periods=1,
            missing_data="ignore",
        )
        yield AlarmSpec(
            address="backup_old",
            description=f"The hub was not saved for {BACKUP_ALARM_MINUTES} minutes: a new leader would not know users, "
            "tokens and running servers of that time. On the leader: journalctl -u chef-hub-backup.",
            metric=hub_metric(BACKUP_AGE, "Maximum", period=300),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=BACKUP_ALARM_MINUTES,
            periods=2,
            # The leader's silence is another alarm.
            missing_data="ignore",
        )
        yield disk_limit_alarm(
            hub_metric(DISK_LIMIT, "Maximum", period=300),
            advice="A shared disk of one size is measured by df, against hub_max_disk_percent; EFS by all users' files, "
            "against the quotas of all who have some. On the leader, /var/lib/jupyterhub/directory-sizes.json says who takes "
            "how much.",
            # While the shared file system hangs, no number comes, and the leader's silence is another alarm.
            missing_data="ignore",
        )

    def _converge_alarms(self) -> Iterator[AlarmSpec]:
        yield AlarmSpec(
            address="converge_failures",
            description="A node's bootstrap or Chef run has failed within the last hour. hubctl nodes names node, step and "
            "error.",
            # A node that waits for another fails about every three quarters of an hour.
            metric=hub_metric(FAILED_RUNS, "Sum", period=HOUR),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            periods=1,
            missing_data="notBreaching",
        )
        yield AlarmSpec(
            address="converge_none",
            description="No node has run Chef for two hours, although each does every quarter of an hour: changes reach "
            "nobody. On a node: systemctl status chef-hub-converge.timer.",
            metric=hub_metric(FAILED_RUNS, "SampleCount", period=HOUR),
            comparison="LessThanThreshold",
            threshold=1,
            periods=2,
            missing_data="breaching",
        )

    def _instance_alarms(self) -> Iterator[AlarmSpec]:
        for what, instance_id in self._props.instances.items():
            yield AlarmSpec(
                address=f"machine_{what.replace(' ', '_').lower()}",
                description=f"The {what} fails EC2's status checks: {self._advice()}",
                metric=_instance_metric("StatusCheckFailed", instance_id),
                comparison="GreaterThanOrEqualToThreshold",
                threshold=1,
                periods=5,
                # A stopped instance has no data; separate alarms watch what it serves.
                missing_data="notBreaching",
            )

    def _advice(self) -> str:
        if self._props.lasting_addresses:
            return "stop and start it, which moves it to other hardware; its addresses stay."
        return (
            "reboot it. Stopping and starting moves it to other hardware, but it comes back with another public address: "
            "then apply to renew the record, and plan nothing while it is stopped, as the plan would replace it."
        )

    def _user_graphs(self) -> Iterator[Graph]:
        yield Graph(title="User sessions", metrics=[hub_metric(USER_SESSIONS, "Maximum", label="servers")])
        if self._props.spare_places:
            yield Graph(title="Free places", metrics=[hub_metric(FREE_PLACES, "Minimum", label="places")])
        group = self._props.group_name
        names = {IN_SERVICE: "in service", DESIRED: "wanted", MAX_SIZE: "largest size"}
        yield Graph(
            title="Workers", metrics=[group_metric(group, name, label) for name, label in names.items()]
        )
        yield from pool_graphs(group) if self._props.warm_pool else ()
        yield Graph(
            title="CPU",
            unit="percent",
            metrics=[
                Metric(
                    namespace="AWS/EC2",
                    name="CPUUtilization",
                    dimensions={"AutoScalingGroupName": group},
                    statistic="Average",
                    period=300,
                    label="workers, on average",
                ),
                *(
                    _instance_metric("CPUUtilization", id_, label=what)
                    for what, id_ in self._props.instances.items()
                ),
            ],
        )

    def _hub_graphs(self) -> Iterator[Graph]:
        yield Graph(
            title="Hub and converges",
            metrics=[
                hub_metric(HUB_ANSWERS, "Minimum", label="1: the hub answers"),
                hub_metric(FAILED_RUNS, "Sum", period=HOUR, label="failed runs an hour"),
            ],
        )
        yield Graph(
            title="5xx answers", metrics=[hub_metric(SERVER_ERRORS, "Sum", period=300, label="nginx")]
        )
        yield Graph(
            title="Certificate",
            unit="days",
            metrics=[hub_metric(CERTIFICATE_DAYS_LEFT, "Minimum", period=HOUR, label="left")],
        )


def hub_metric(name: str, statistic: str, *, period: int = 60, label: str = "") -> Metric:
    """Return one of the metrics above."""
    return Metric(
        namespace=NAMESPACE,
        name=name,
        dimensions={DIMENSION: PARAMETER_PREFIX},
        statistic=statistic,
        period=period,
        label=label,
    )


def _instance_metric(name: str, instance_id: str, *, label: str = "") -> Metric:
    return Metric(
        namespace="AWS/EC2",
        name=name,
        dimensions={"InstanceId": instance_id},
        statistic="Maximum",
        label=label,
    )


def publish_metrics() -> Statement:
    """Let a node publish into this namespace. The action knows no resources; the namespace narrows it."""
    return Statement(
        sid="PublishMetrics",
        actions=("cloudwatch:PutMetricData",),
        resources=("*",),
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
    )
