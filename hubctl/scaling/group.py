"""An auto scaling group: its desired capacity, its instances with their states, and what is launched or terminated.

Instances that have to go are chosen by zone first, with protection respected, then by the group's termination policies.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html (states and waits)
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

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
]
LAUNCHING: Transition = "autoscaling:EC2_INSTANCE_LAUNCHING"
TERMINATING: Transition = "autoscaling:EC2_INSTANCE_TERMINATING"
# "The maximum amount of time that you can keep an instance in a wait state is 48 hours or 100 times the
# heartbeat timeout, whichever is smaller."
LONGEST_HOOK_WAIT = 48 * 3600
MOST_HEARTBEATS = 100
HOUR = 3600
DEFAULT_COOLDOWN = 300.0


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
    """

    id: str
    zone: str
    launched: float
    state: LifecycleState = "Pending"
    in_service: float | None = None
    protected: bool = False
    healthy: bool = True
    template: int = 0
    waits: dict[str, HookWait] = field(default_factory=dict)

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


def _to_billing_hour(instance: GroupInstance, now: float) -> float:
    return HOUR - (now - instance.launched) % HOUR


# Policy → rank of an instance; the smallest goes first. All instances of a group are of one kind here, so the
# allocation strategy has nothing to choose from.
_RANKS: dict[str, Callable[[GroupInstance, float], tuple[float, ...]]] = {
    "Default": lambda instance, now: (instance.template, _to_billing_hour(instance, now)),
    "AllocationStrategy": lambda _instance, _now: (),
    "OldestLaunchTemplate": lambda instance, _now: (instance.template,),
    "OldestLaunchConfiguration": lambda instance, _now: (instance.template,),
    "ClosestToNextInstanceHour": lambda instance, now: (_to_billing_hour(instance, now),),
    "NewestInstance": lambda instance, _now: (-instance.launched,),
    "OldestInstance": lambda instance, _now: (instance.launched,),
}


def instances_to_terminate(
    instances: Iterable[GroupInstance], count: int, policies: Sequence[str], now: float
) -> list[GroupInstance]:
    """Return up to ``count`` instances to terminate, in this order; fewer when the others are protected.

    The zone with the most instances gives first, as long as one of its instances is unprotected. AWS breaks the last
    ties at random; here the id decides, so that the same input gives the same answer.

    Raises:
        ValueError: A termination policy is not one of AWS's own.

    """
    unknown = [policy for policy in policies if policy not in _RANKS]
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: not a termination policy; use one of {', '.join(_RANKS)}")
    remaining = [instance for instance in instances if not instance.leaving]
    chosen: list[GroupInstance] = []
    while len(chosen) < count:
        candidates = [instance for instance in remaining if not instance.protected]
        if not candidates:
            break
        sizes = Counter(instance.zone for instance in remaining)
        fullest = max(sizes[instance.zone] for instance in candidates)
        candidates = [instance for instance in candidates if sizes[instance.zone] == fullest]
        victim = min(candidates, key=lambda instance: _rank(instance, policies, now))
        remaining.remove(victim)
        chosen.append(victim)
    return chosen


def _rank(instance: GroupInstance, policies: Sequence[str], now: float) -> tuple[object, ...]:
    return (*(_RANKS[policy](instance, now) for policy in policies or ("Default",)), instance.id)


@dataclass(frozen=True, kw_only=True)
class ScaledGroupSettings:
    """The settings of a group; times in seconds. ``default_warmup`` None means that AWS's feature is off."""

    name: str
    min_size: int
    max_size: int
    zones: tuple[str, ...] = ("a",)
    default_cooldown: float = DEFAULT_COOLDOWN
    default_warmup: float | None = None
    protect_new: bool = False
    termination_policies: tuple[str, ...] = ("Default",)
    hooks: tuple[LifecycleHook, ...] = ()
    suspended: frozenset[str] = frozenset()

    def bounded(self, capacity: int) -> int:
        """Return ``capacity`` within the smallest and largest size."""
        return max(self.min_size, min(self.max_size, capacity))

    def warmup(self, own: float | None = None) -> float:
        """Return a policy's warm-up: its own, the group's default, or the default cooldown (PutScalingPolicy)."""
        if own is not None:
            return own
        return self.default_cooldown if self.default_warmup is None else self.default_warmup


class ScaledGroup:
    """The state of a group. Methods that take ``now`` may be called in any order, as long as time does not run back."""

    def __init__(self, spec: ScaledGroupSettings, desired: int | None = None) -> None:
        self.spec = spec
        self.desired = spec.min_size if desired is None else desired
        self.surge = 0  # how many more an instance refresh has the group run for a while
        self.instances: dict[str, GroupInstance] = {}
        self.cooldown_until = float("-inf")
        self._cooldown: float | None = None

    # What is there

    def present(self) -> list[GroupInstance]:
        """Return the instances that are in service or on their way into it."""
        return [instance for instance in self.instances.values() if not instance.leaving]

    def in_service(self) -> list[GroupInstance]:
        """Return the instances in service."""
        return [instance for instance in self.instances.values() if instance.state == "InService"]

    def warm(self, now: float, warmup: float) -> int:
        """Count the instances that scaling out regards as capacity: in service, and warmed up."""
        return sum(not instance.warming(now, warmup) for instance in self.present())

    def in_progress(self) -> bool:
        """Tell whether instances are being launched or terminated, waits of hooks included."""
        return any(instance.state != "InService" for instance in self.instances.values())

    # What should be there

    def missing(self) -> list[str]:
        """Return the zone of each instance that has to be launched: the emptiest zone first."""
        if "Launch" in self.spec.suspended:
            return []
        sizes = Counter(dict.fromkeys(self.spec.zones, 0))
        sizes.update(instance.zone for instance in self.present())
        zones: list[str] = []
        for _ in range(self.desired + self.surge - len(self.present())):
            zone = min(self.spec.zones, key=lambda name: sizes[name])
            sizes[zone] += 1
            zones.append(zone)
        return zones

    def launch(self, instance_id: str, zone: str, now: float, *, template: int = 0) -> GroupInstance:
        """Add a new instance, ``Pending``: call :meth:`started` once it runs."""
        instance = GroupInstance(
            id=instance_id, zone=zone, launched=now, template=template, protected=self.spec.protect_new
        )
        self.instances[instance_id] = instance
        return instance

    def started(self, instance_id: str, now: float) -> None:
        """Take note that the machine runs: hooks hold it now, or it enters service."""
        instance = self.instances[instance_id]
        if instance.state == "Pending":
            instance.waits = self._waits(LAUNCHING, now)
            instance.state = "Pending:Wait"
            self._proceed(instance, now)

    def shrink(self, now: float) -> list[str]:
        """Begin to terminate what is too much; return the ids that are terminated at once, without a hook.

        Protected instances stay: "its desired capacity is decremented, but the group can't terminate the required number of
        instances until their protection is disabled" (page on instance protection), so call this again and again.
        """
        excess = len(self.present()) - self.desired - self.surge
        if excess <= 0 or "Terminate" in self.spec.suspended:
            return []
        victims = instances_to_terminate(self.present(), excess, self.spec.termination_policies, now)
        return [victim.id for victim in victims if self.terminate(victim.id, now)]

    def terminate(self, instance_id: str, now: float) -> bool:
        """Begin to terminate an instance; return True when nothing holds it and it is gone."""
        instance = self.instances[instance_id]
        if instance.leaving:
            return False
        instance.waits = self._waits(TERMINATING, now)
        instance.state = "Terminating:Wait"
        return self._proceed(instance, now)

    def lost(self, instance_id: str) -> None:
        """Take note that a machine is gone without a word: a spot interruption, a crash, a termination by hand."""
        self.instances.pop(instance_id, None)

    # Hooks

    def heartbeat(self, instance_id: str, hook: str, now: float) -> None:
        """Record a heartbeat; raise KeyError when the instance does not wait for that hook."""
        self.instances[instance_id].waits[hook].beat(now)

    def complete(self, instance_id: str, hook: str, result: HookResult, now: float) -> bool:
        """Complete a lifecycle action; return True when that terminates the instance.

        Raises:
            KeyError: The instance does not wait for that hook.

        """
        instance = self.instances[instance_id]
        del instance.waits[hook]
        return self._completed(instance, result, now)

    def expire(self, now: float) -> list[str]:
        """End the waits whose time is over with their default result; return the ids of instances that are terminated by it."""
        gone = []
        for instance in list(self.instances.values()):
            for name, wait in list(instance.waits.items()):
                if now >= wait.deadline and name in instance.waits:
                    del instance.waits[name]
                    if self._completed(instance, wait.hook.default, now):
                        gone.append(instance.id)
        return gone

    def _completed(self, instance: GroupInstance, result: HookResult, now: float) -> bool:
        """Go on after an action. ABANDON ends a launch with the instance, and stops the other hooks of a termination."""
        if result == "ABANDON":
            instance.waits = {}
            if instance.starting:
                return self.terminate(instance.id, now)
        return self._proceed(instance, now)

    def _proceed(self, instance: GroupInstance, now: float) -> bool:
        if instance.waits:
            return False
        if instance.leaving:
            instance.state = "Terminated"
            del self.instances[instance.id]
            return True
        if instance.starting:
            instance.state, instance.in_service = "InService", now
            self._begin_cooldown(now)
        return False

    def _waits(self, transition: Transition, now: float) -> dict[str, HookWait]:
        hooks: Iterable[LifecycleHook] = self.spec.hooks
        return {hook.name: HookWait.start(hook, now) for hook in hooks if hook.transition == transition}

    # Cooldown of simple scaling

    def cool_down(self, seconds: float, now: float) -> None:
        """Start a cooldown. With launches under way it begins anew when the last of them enters service."""
        self._cooldown = seconds
        self.cooldown_until = now + seconds

    def _begin_cooldown(self, now: float) -> None:
        if self._cooldown is not None:
            self.cooldown_until = now + self._cooldown
            if not any(instance.starting for instance in self.instances.values()):
                self._cooldown = None
