"""The metrics that the nodes of the hub publish, all with the deployment's prefix as their one dimension.

``publish_status`` of ``bootstrap/facts.sh`` publishes ``FailedRuns``; the program ``publish-hub-metrics`` of the cookbook
``hub_metrics`` publishes the others, on the leader, once a minute. Tests hold the names of all three places together.
"""

from hub_constructs.chef_hub.node_kinds import PARAMETER_PREFIX
from hub_constructs.instance_role import Statement
from hub_constructs.monitoring import disk_watch
from hub_constructs.monitoring.metrics import Metric

NAMESPACE = "JupyterHub/ChefHub"
DIMENSION = "Deployment"
FAILED_RUNS = "FailedRuns"  # of a node's bootstrap or Chef client: 1 failed, 0 went well
HUB_ANSWERS = "HubAnswers"  # 1: nginx on the leader answers for the hub at /hub/health, else 0
USER_SESSIONS = "UserSessions"  # notebook servers with a running container
SERVER_ERRORS = "ServerErrors"  # 5xx answers of nginx since the run before
BACKUP_AGE = "BackupAge"  # minutes since the leader's database, secrets and Swarm were saved whole
DISK_LIMIT = disk_watch.DISK_LIMIT  # of the limit on users' files, in percent; 100: starts are refused
CERTIFICATE_DAYS = "CertificateDaysLeft"  # until the certificate that nginx serves ends


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


def publish_metrics() -> Statement:
    """Let a node publish into this namespace. The action knows no resources; the namespace narrows it."""
    return Statement(
        sid="PublishMetrics",
        actions=("cloudwatch:PutMetricData",),
        resources=("*",),
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
    )
