"""What is watched of the limit on users' files, whatever kind of file system they lie on."""

from hub_constructs.monitoring.alarms import AlarmSpec, Silence
from hub_constructs.monitoring.metrics import Metric

# In percent of the limit: at 100 the hub refuses starts. The hub itself knows what its limit is, and reckons it.
DISK_LIMIT = "DiskLimitPercent"
WARN_PERCENT = 80


def disk_limit_alarm(watched: Metric, *, advice: str, silence: Silence) -> AlarmSpec:
    """Return the alarm that warns before starts are refused; ``advice`` says where to look."""
    return AlarmSpec(
        address="disk_limit",
        says=f"The users' files have been at {WARN_PERCENT} % of their limit or more for a quarter of an hour; beyond 100 % "
        f"starts are refused. {advice}",
        watched=watched,
        comparison="GreaterThanOrEqualToThreshold",
        threshold=WARN_PERCENT,
        periods=3,
        silence=silence,
    )
