"""The instances of a group and the states they pass through.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-lifecycle.html
https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html
"""

from dataclasses import dataclass, field
from typing import Literal

Transition = Literal["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]
Result = Literal["CONTINUE", "ABANDON"]
LifecycleState = Literal[
    "Pending",
    "Pending:Wait",
    "Pending:Proceed",
    "InService",
    "Terminating",
    "Terminating:Wait",
    "Terminating:Proceed",
    "Terminated",
]

LAUNCHING: Transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING: Transition = "autoscaling:EC2_INSTANCE_TERMINATING"
# "The maximum amount of time that you can keep an instance in a wait state is 48 hours or 100 times the
# heartbeat timeout, whichever is smaller."
LONGEST_WAIT = 48 * 3600
MOST_HEARTBEATS = 100


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A lifecycle hook; ``heartbeat`` is in seconds."""

    name: str
    transition: Transition
    heartbeat: float = 3600
    default: Result = "ABANDON"


@dataclass(kw_only=True)
class Wait:
    """An instance held by a hook since ``began`` until ``deadline`` at the latest."""

    hook: Hook
    began: float
    deadline: float

    @classmethod
    def start(cls, hook: Hook, now: float) -> "Wait":
        """Begin to wait."""
        return cls(hook=hook, began=now, deadline=now + hook.heartbeat)

    def beat(self, now: float) -> None:
        """Restart the time-out, within the longest wait that AWS allows."""
        longest = min(LONGEST_WAIT, MOST_HEARTBEATS * self.hook.heartbeat)
        self.deadline = min(now + self.hook.heartbeat, self.began + longest)


@dataclass(kw_only=True)
class Instance:
    """An instance of a group. ``template`` orders versions of its launch template: the smaller, the older.

    ``in_service`` is when it entered that state, None before; ``waits`` are the hooks that hold it now, by name.
    """

    id: str
    zone: str
    launched: float
    state: LifecycleState = "Pending"
    in_service: float | None = None
    protected: bool = False
    healthy: bool = True
    template: int = 0
    waits: dict[str, Wait] = field(default_factory=dict)

    @property
    def starting(self) -> bool:
        """Whether it is on its way into service."""
        return self.state.startswith("Pending")

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.state.startswith("Terminating")

    def warming(self, now: float, warmup: float) -> bool:
        """Tell whether it does not count yet: not in service, or not for ``warmup`` seconds."""
        return self.starting or (
            self.state == "InService" and (self.in_service is None or now < self.in_service + warmup)
        )
