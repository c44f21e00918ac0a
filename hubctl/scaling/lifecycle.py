"""The life of an instance in a group: its states, and the lifecycle hooks that hold it between two of them.

An instance passes the states that end in ``Proceed`` at once here; AWS shows them until the machine has started, stopped
or ended.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html (states and waits)
https://docs.aws.amazon.com/autoscaling/ec2/userguide/warm-pool-instance-lifecycle.html (states of a warm pool)
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_Instance.html (the names of all states, read in 2026-12)
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

Transition = Literal["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"]
HookResult = Literal["CONTINUE", "ABANDON"]
LifecycleState = Literal[
    "Pending",
    "Pending:Wait",
    "Pending:Proceed",
    "InService",
    "Terminating",
    "Terminating:Wait",
    "Terminating:Proceed",
    "Terminated",
    "Warmed:Pending",
    "Warmed:Pending:Wait",
    "Warmed:Pending:Proceed",
    "Warmed:Stopped",
    "Warmed:Hibernated",
    "Warmed:Running",
    "Warmed:Terminating",
    "Warmed:Terminating:Wait",
    "Warmed:Terminating:Proceed",
    "Warmed:Terminated",
]
# Sets, as a simulation asks for them a hundred million times
STARTING, LEAVING, POOLED = (
    frozenset(state for state in get_args(LifecycleState) if state.startswith(beginnings))
    for beginnings in ("Pending", ("Terminating", "Warmed:Terminating"), "Warmed:")
)
PRESENT, WAITING_IN_POOL = frozenset(get_args(LifecycleState)) - LEAVING - POOLED, POOLED - LEAVING
READY_IN_POOL: frozenset[LifecycleState] = frozenset(
    {"Warmed:Stopped", "Warmed:Hibernated", "Warmed:Running"}
)
LAUNCHING: Transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING: Transition = "autoscaling:EC2_INSTANCE_TERMINATING"
# "The maximum amount of time that you can keep an instance in a wait state is 48 hours or 100 times the
# heartbeat timeout, whichever is smaller."
LONGEST_HOOK_WAIT = 48 * 3600
MOST_HEARTBEATS = 100


@dataclass(frozen=True, kw_only=True)
class LifecycleHook:
    """A lifecycle hook; ``heartbeat`` is in seconds."""

    name: str
    transition: Transition
    heartbeat: float = 3600
    default: HookResult = "ABANDON"


@dataclass(kw_only=True)
class HookWait:
    """An instance held by a hook since ``began`` until ``deadline`` at the latest."""

    hook: LifecycleHook
    began: float
    deadline: float

    @classmethod
    def start(cls, hook: LifecycleHook, now: float) -> "HookWait":
        """Begin to wait."""
        return cls(hook=hook, began=now, deadline=now + hook.heartbeat)

    def beat(self, now: float) -> None:
        """Restart the time-out, within the longest wait that AWS allows."""
        longest = min(LONGEST_HOOK_WAIT, MOST_HEARTBEATS * self.hook.heartbeat)
        self.deadline = min(now + self.hook.heartbeat, self.began + longest)


@dataclass(kw_only=True)
class GroupInstance:
    """An instance of a group. ``template`` orders versions of its launch template: the smaller, the older.

    ``in_service`` is when it entered that state, None before; ``waits`` are the hooks that hold it now, by name.
    ``type`` is its instance type, where the group has several; ``taken_at`` is when a spot instance is taken away, by its
    interruption notice. ``returns`` says that it goes to the warm pool instead of being terminated, once its hooks let it.
    """

    id: str
    zone: str
    launched: float
    state: LifecycleState = "Pending"
    in_service: float | None = None
    protected: bool = False
    healthy: bool = True
    template: int = 0
    type: str = ""
    spot: bool = False
    taken_at: float | None = None
    returns: bool = False
    waits: dict[str, HookWait] = field(default_factory=dict)

    @property
    def starting(self) -> bool:
        """Whether it is on its way into service."""
        return self.state in STARTING

    @property
    def leaving(self) -> bool:
        """Whether it is on its way out."""
        return self.state in LEAVING

    @property
    def pooled(self) -> bool:
        """Whether it is in the warm pool, or on its way into or out of existence there: it serves no users."""
        return self.state in POOLED

    @property
    def ready_in_pool(self) -> bool:
        """Whether the group may take it from the warm pool: it has been prepared."""
        return self.state in READY_IN_POOL

    def warming(self, now: float, warmup: float) -> bool:
        """Tell whether it does not count yet: not in service, or not for ``warmup`` seconds."""
        return self.state in STARTING or (
            self.state == "InService" and (self.in_service is None or now < self.in_service + warmup)
        )
