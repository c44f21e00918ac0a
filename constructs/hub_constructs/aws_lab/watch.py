"""What operators of the AWS Lab watch: sessions, capacity, hosts, errors, certificate and homes."""

from collections.abc import Iterator
from dataclasses import dataclass

from hub_constructs.aws_lab.session_scaling import LATE_METRIC, METRIC, NAMESPACE, SILENT_METRIC
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

BALANCER = "AWS/ApplicationELB"
ERRORS = 10  # answers in five minutes: one user's failing notebook is not an outage
CERTIFICATE_DAYS = 30  # ACM renews 60 days ahead, and has then failed for a month
DAY = 86400


@dataclass(frozen=True, kw_only=True)
class LabWatchProps:
    """``balancer`` and ``target_group`` are the suffixes of their ARNs; ``file_system_id`` None means local homes."""

    group_name: str
    balancer: str
    target_group: str
    certificate_arn: str
    file_system_id: str | None
    warm_pool: bool = False


class LabWatch:
    """The lab's alarms and graphs."""

    def __init__(self, props: LabWatchProps) -> None:
        self._props = props
        self._group = {"AutoScalingGroupName": props.group_name}

    def alarms(self) -> list[AlarmSpec]:
        """Return the alarms, the gravest first."""
        files = self._props.file_system_id
        return [
            *self._host_alarms(),
            *self._error_alarms(),
            *group_alarms(self._props.group_name, "instances"),
            self._sessions_alarm(),
            *self._instance_alarms(),
            self._certificate_alarm(),
            *(file_system_alarms(files) if files else ()),
        ]

    def graphs(self) -> list[Graph]:
        """Return the graphs, row by row."""
        files = self._props.file_system_id
        return [*self._user_graphs(), *self._balancer_graphs(), *(file_system_graphs(files) if files else ())]

    def _host_alarms(self) -> Iterator[AlarmSpec]:
        yield AlarmSpec(
            address="hosts_none_healthy",
            description="No instance answers the balancer: nobody can log in. Without data there is no balancer or no target.",
            metric=self._target_metric("HealthyHostCount", "Maximum"),
            comparison="LessThanThreshold",
            threshold=1,
            periods=5,
            missing_data="breaching",
        )
        yield AlarmSpec(
            address="hosts_unhealthy",
            description="An instance has failed its health check for ten minutes: its users cannot work. The group replaces it "
            "once its sessions are gone.",
            metric=self._target_metric("UnHealthyHostCount", "Maximum"),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            periods=10,
            missing_data="notBreaching",
        )

    def _error_alarms(self) -> Iterator[AlarmSpec]:
        # Both metrics are there only in minutes with such an answer.
        for address, name, who in (
            ("errors_hub", "HTTPCode_Target_5XX_Count", "The hub or notebook servers answer"),
            (
                "errors_balancer",
                "HTTPCode_ELB_5XX_Count",
                "The balancer gets no answer from the hub and gives",
            ),
        ):
            yield AlarmSpec(
                address=address,
                description=f"{who} with 5xx errors, {ERRORS} or more in five minutes, twice within a quarter of an hour. On an "
                "instance: journalctl -u jupyterhub-lab -u jupyterhub-lab-proxy.",
                metric=self._balancer_metric(name, "Sum", period=300),
                comparison="GreaterThanOrEqualToThreshold",
                threshold=ERRORS,
                periods=3,
                datapoints=2,
                missing_data="notBreaching",
            )

    def _sessions_alarm(self) -> AlarmSpec:
        return AlarmSpec(
            address="sessions_unknown",
            description="No instance has reported its user sessions for ten minutes, so the group does not scale. On an "
            "instance: journalctl -u session-agent.",
            metric=self._session_metric("SampleCount"),
            comparison="LessThanThreshold",
            threshold=1,
            periods=10,
            missing_data="breaching",
        )

    def _instance_alarms(self) -> Iterator[AlarmSpec]:
        yield AlarmSpec(
            address="instance_silent",
            description="The hub of an instance does not answer, minutes after its boot: its first boot failed, or the hub fails "
            "again and again. The group replaces the instance, and the next one may end the same way. The log streams lab-* "
            "say why: lab-first-boot, jupyterhub-lab-prepare, jupyterhub-lab.",
            metric=self._lab_metric(SILENT_METRIC, "Sum", period=300),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=3,  # of five minutes: a restart of the hub takes seconds
            periods=3,
            datapoints=2,
            missing_data="notBreaching",
        )
        yield AlarmSpec(
            address="rollout_late",
            description="A rollout is a quarter of an hour past its deadline, and old instances are left: no newer instance "
            "serves. hubctl rollout status --stack aws-lab says which; hubctl rollout abort lets the old ones take users again.",
            metric=self._lab_metric(LATE_METRIC, "Maximum", period=300),
            comparison="GreaterThanOrEqualToThreshold",
            threshold=1,
            periods=2,
            missing_data="notBreaching",
        )
        yield disk_limit_alarm(
            self._lab_metric(DISK_LIMIT, "Maximum", period=300),
            advice="Homes on an instance's own disk are measured by df there; on EFS by all users' files, against the quotas "
            "of all who have some (hub_user_disk_gib). On an instance: du -xsh /srv/jupyterhub/homes/*.",
            # A group without instances publishes nothing, and the instance's disk ends with the instance.
            missing_data="notBreaching",
        )

    def _certificate_alarm(self) -> AlarmSpec:
        return AlarmSpec(
            address="certificate_expiry",
            description=f"The certificate ends in less than {CERTIFICATE_DAYS} days and was not renewed: is its validation "
            "record still in the hosted zone?",
            metric=Metric(
                namespace="AWS/CertificateManager",
                name="DaysToExpiry",
                dimensions={"CertificateArn": self._props.certificate_arn},
                statistic="Minimum",
                period=DAY,
            ),
            comparison="LessThanThreshold",
            threshold=CERTIFICATE_DAYS,
            periods=1,
            # ACM says nothing more once it has ended: the alarm then stays.
            missing_data="ignore",
        )

    def _user_graphs(self) -> Iterator[Graph]:
        yield Graph(
            title="User sessions",
            metrics=[
                self._session_metric("Sum", "all"),
                self._session_metric("Average", "an instance, on average"),
            ],
        )
        group = self._props.group_name
        names = {IN_SERVICE: "in service", DESIRED: "wanted", MAX_SIZE: "largest size"}
        yield Graph(
            title="Instances", metrics=[group_metric(group, name, label) for name, label in names.items()]
        )
        yield from pool_graphs(group) if self._props.warm_pool else ()
        yield Graph(
            title="CPU of the instances",
            unit="percent",
            metrics=[
                Metric(
                    namespace="AWS/EC2",
                    name="CPUUtilization",
                    dimensions=self._group,
                    statistic=statistic,
                    period=300,
                    label=statistic.lower(),
                )
                for statistic in ("Average", "Maximum")
            ],
        )

    def _balancer_graphs(self) -> Iterator[Graph]:
        yield Graph(
            title="Hosts",
            metrics=[
                self._target_metric("HealthyHostCount", "Minimum", "healthy"),
                self._target_metric("UnHealthyHostCount", "Maximum", "unhealthy"),
            ],
        )
        yield Graph(
            title="5xx answers",
            metrics=[
                self._balancer_metric("HTTPCode_Target_5XX_Count", "Sum", "of hub and notebooks", period=300),
                self._balancer_metric("HTTPCode_ELB_5XX_Count", "Sum", "of the balancer", period=300),
            ],
        )
        yield Graph(
            title="Time to answer",
            unit="seconds",
            metrics=[
                self._balancer_metric("TargetResponseTime", statistic, statistic, period=300)
                for statistic in ("p50", "p95")
            ],
        )

    def _session_metric(self, statistic: str, label: str = "") -> Metric:
        return Metric(
            namespace=NAMESPACE, name=METRIC, dimensions=self._group, statistic=statistic, label=label
        )

    def _lab_metric(self, name: str, statistic: str, *, period: int) -> Metric:
        return Metric(
            namespace=NAMESPACE, name=name, dimensions=self._group, statistic=statistic, period=period
        )

    def _balancer_metric(self, name: str, statistic: str, label: str = "", *, period: int = 60) -> Metric:
        """Return a metric of the balancer.

        https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
        """
        return Metric(
            namespace=BALANCER,
            name=name,
            dimensions={"LoadBalancer": self._props.balancer},
            statistic=statistic,
            period=period,
            label=label,
        )

    def _target_metric(self, name: str, statistic: str, label: str = "") -> Metric:
        dimensions = {"LoadBalancer": self._props.balancer, "TargetGroup": self._props.target_group}
        return Metric(namespace=BALANCER, name=name, dimensions=dimensions, statistic=statistic, label=label)
