"""Where each time of a simulation comes from: AWS's documentation, with the day on which it was read, or an assumption.

AWS promises few times. What it does not say is assumed here, with the reason, and each may be changed with ``--assume``.
"""

from collections.abc import Mapping
from dataclasses import dataclass

READ = "2026-12-01"
EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide"
GROUPS = "https://docs.aws.amazon.com/autoscaling/ec2/userguide"


@dataclass(frozen=True, kw_only=True)
class Source:
    """Why an assumption of :class:`~hubctl.simulate.model.SimulationAssumptions` is what it is.

    ``documented``: AWS says the number itself, on the page ``address`` as it was on the day ``read``. Otherwise it is an
    assumption for the reason ``said``; AWS's page, if there is one, says something near it.
    """

    said: str
    documented: bool = False
    address: str | None = None
    read: str | None = None


def _aws(said: str, address: str) -> Source:
    return Source(said=said, documented=True, address=address, read=READ)


def _near(said: str, address: str) -> Source:
    return Source(said=said, address=address, read=READ)


SOURCES: Mapping[str, Source] = {
    "launch": Source(
        said="AWS gives no number for `pending`; it depends on type, image and disk. Half a minute is more than usual"
    ),
    "boot": Source(
        said="of this project's images, from the kernel to a hub that answers or a worker that has joined: measure yours"
    ),
    "pull": Source(
        said="some gigabytes of image at the speed of the registry; the Lab's AMI holds the image already"
    ),
    "spawn": Source(said="a container of an image that is there already"),
    "start": _near(
        "a stopped instance has its disk and its address already, so half as long as a launch; of a hibernated one AWS says "
        'that it "can take a few minutes"',
        f"{EC2}/hibernating-resuming.html",
    ),
    "restart": Source(
        said="a boot without what only the first one does: no converge, no pull, no registration"
    ),
    "resume": _near(
        "no boot, as the memory comes back from the disk; how long that takes grows with the memory",
        f"{EC2}/hibernating-resuming.html",
    ),
    "stop": _near(
        'a clean shutdown; AWS cuts it short when it takes more than "a few minutes"',
        f"{EC2}/Stop_Start.html",
    ),
    "schedule_delay": _aws(
        "an action may act up to two minutes late; here it always does",
        f"{GROUPS}/ec2-auto-scaling-scheduled-scaling.html",
    ),
    "spot_notice": _aws(
        "the notice comes two minutes before the end, on a best effort basis",
        f"{EC2}/spot-instance-termination-notices.html",
    ),
    "interruptions_per_hour": _near(
        "one in two days of running; AWS says that it varies, and that it is always possible",
        f"{EC2}/spot-interruptions.html",
    ),
    "metric_delay": Source(
        said="AWS gives no number for the way from PutMetricData to an alarm, which looks once a minute"
    ),
    "agent_period": Source(said="the timer of the session agent in this project, once a minute"),
    "quick_period": Source(said="the agent's own wait after a start in this project"),
    "retry": Source(said="people press reload three times a minute"),
    "patience": Source(said="a quarter of an hour is the part of a class that people wait for it"),
    "return_after": Source(said="people notice a lost server within a minute"),
    "idle_cpu": Source(said="an idle worker with its agents"),
    "cpu_per_user": Source(said="teaching, where most read and think; heavy computing takes whole cores"),
    "boot_cpu": Source(
        said="the converge and the pull of a new worker keep more than two of four cores busy"
    ),
}
