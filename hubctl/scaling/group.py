"""An auto scaling group: its desired capacity, its instances with their states, and what is launched or terminated.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks.html (states and waits)
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hubctl.scaling.lifecycle import (
    LAUNCHING,
    PRESENT,
    TERMINATING,
    WAITING_IN_POOL,
    GroupInstance,
    HookResult,
    HookWait,
    LifecycleHook,
    Transition,
)
from hubctl.scaling.purchasing import NOTICE_SECONDS, MixedInstances, Price, Purchase, unpriced
from hubctl.scaling.termination import instances_to_terminate
from hubctl.scaling.warm_pool import WarmPoolSettings, instances_to_take

DEFAULT_COOLDOWN = 300.0


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
    warm_pool: WarmPoolSettings | None = None
    mixed: MixedInstances | None = None
    capacity_rebalance: bool = False

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
        # While an instance refresh runs: how many more the group runs, and the oldest version that it takes from its pool
        self.surge = 0
        self.oldest_from_pool: int | None = None
        self.instances: dict[str, GroupInstance] = {}
        self.cooldown_until = float("-inf")
        self._cooldown: float | None = None

    # What is there

    def present(self) -> list[GroupInstance]:
        """Return the instances that are in service or on their way into it; those of the warm pool do not count."""
        return [instance for instance in self.instances.values() if instance.state in PRESENT]

    def outside_pool(self) -> list[GroupInstance]:
        """Return the instances that are not in the warm pool, those that leave included."""
        return [instance for instance in self.instances.values() if not instance.pooled]

    def pool(self) -> list[GroupInstance]:
        """Return the instances of the warm pool, prepared or on their way into it."""
        return [instance for instance in self.instances.values() if instance.state in WAITING_IN_POOL]

    def returning(self) -> list[GroupInstance]:
        """Return the instances that go to the warm pool once their hooks let them: each has its place there already."""
        return [instance for instance in self.instances.values() if instance.returns]

    def in_service(self) -> list[GroupInstance]:
        """Return the instances in service."""
        return [instance for instance in self.instances.values() if instance.state == "InService"]

    def warm(self, now: float, warmup: float) -> int:
        """Count the instances that scaling out regards as capacity: in service, and warmed up."""
        return sum(not instance.warming(now, warmup) for instance in self.present())

    def in_progress(self) -> bool:
        """Tell whether instances are being launched or terminated, waits of hooks included."""
        return any(instance.state != "InService" for instance in self.outside_pool())

    # What should be there

    def missing(self) -> list[str]:
        """Return the zone of each instance that has to be launched: the emptiest zone first.

        Call :meth:`leave_pool` before, since prepared instances come first.
        """
        present = self.present()
        return self._emptiest_zones(self.desired + self.surge - len(present), present)

    def missing_in_pool(self) -> list[str]:
        """Return the zone of each instance that has to be launched into the warm pool."""
        if (size := self._pool_size()) == 0:
            return []
        coming = [*self.pool(), *self.returning()]
        return self._emptiest_zones(size - len(coming), [*self.present(), *coming])

    def _emptiest_zones(self, count: int, instances: Iterable[GroupInstance]) -> list[str]:
        if count <= 0 or "Launch" in self.spec.suspended:
            return []
        sizes = Counter(dict.fromkeys(self.spec.zones, 0))
        sizes.update(instance.zone for instance in instances)
        zones: list[str] = []
        for _ in range(count):
            zone = min(self.spec.zones, key=lambda name: sizes[name])
            sizes[zone] += 1
            zones.append(zone)
        return zones

    def launch(
        self, instance_id: str, zone: str, now: float, *, template: int = 0, pooled: bool = False
    ) -> GroupInstance:
        """Add a new instance, ``Pending`` or, for the warm pool, ``Warmed:Pending``: call :meth:`started` once it runs."""
        instance = GroupInstance(
            id=instance_id,
            zone=zone,
            launched=now,
            template=template,
            protected=self.spec.protect_new,
            state="Warmed:Pending" if pooled else "Pending",
        )
        self.instances[instance_id] = instance
        return instance

    def started(self, instance_id: str, now: float) -> None:
        """Take note that the machine runs: hooks hold it now, or it enters service or the warm pool."""
        instance = self.instances[instance_id]
        if instance.state == "Pending":
            instance.state = "Pending:Wait"
        elif instance.state == "Warmed:Pending":
            instance.state = "Warmed:Pending:Wait"
        else:
            return
        instance.waits = self._waits(LAUNCHING, now)
        self._proceed(instance, now)

    def leave_pool(self, now: float) -> list[str]:
        """Take prepared instances into the group as far as it lacks some; return their ids.

        Their machines are started; call :meth:`started` once they run: "instances ... leaving the warm pool" go through the
        launching hooks again (page on the lifecycle of a warm pool).
        """
        present = self.present()
        lacking = self.desired + self.surge - len(present)
        if lacking <= 0 or "Launch" in self.spec.suspended:
            return []
        oldest = self.oldest_from_pool
        prepared = [one for one in self.pool() if oldest is None or one.template >= oldest]
        taken = instances_to_take(prepared, lacking, present, self.spec.zones)
        for instance in taken:
            instance.state, instance.launched = "Pending", now
            instance.protected = self.spec.protect_new
        return [instance.id for instance in taken]

    def shrink_pool(self, now: float) -> list[str]:
        """Begin to terminate what the warm pool has too much; return the ids that are terminated at once.

        Protection from scaling in means nothing here. The instances that are not prepared yet go first.
        """
        excess = len(self.pool()) - self._pool_size()
        if excess <= 0 or "Terminate" in self.spec.suspended:
            return []
        order = sorted(self.pool(), key=lambda one: (one.ready_in_pool, one.template, one.launched, one.id))
        return [instance.id for instance in order[:excess] if self.terminate(instance.id, now)]

    def _pool_size(self) -> int:
        pool = self.spec.warm_pool
        return 0 if pool is None else pool.size(desired=self.desired, max_size=self.spec.max_size)

    def shrink(self, now: float) -> list[str]:
        """Begin to terminate what is too much; return the ids that are terminated at once, without a hook.

        Protected instances stay: "its desired capacity is decremented, but the group can't terminate the required number of
        instances until their protection is disabled" (page on instance protection), so call this again and again.
        """
        present = self.present()
        excess = len(present) - self.desired - self.surge
        if excess <= 0 or "Terminate" in self.spec.suspended:
            return []
        victims = instances_to_terminate(
            present, excess, self.spec.termination_policies, now, self.spec.mixed
        )
        room = self._pool_size() - len(self.pool()) - len(self.returning()) if self._reuses() else 0
        for victim in victims[: max(0, room)]:
            victim.returns = True
        return [victim.id for victim in victims if self.terminate(victim.id, now)]

    def _reuses(self) -> bool:
        return self.spec.warm_pool is not None and self.spec.warm_pool.reuse_on_scale_in

    def terminate(self, instance_id: str, now: float) -> bool:
        """Begin to terminate an instance; return True when nothing holds it and it is gone.

        One that scaling in chose goes to the warm pool after its hooks, if the pool reuses instances and has room.
        """
        instance = self.instances[instance_id]
        if instance.leaving:
            return False
        instance.waits = self._waits(TERMINATING, now)
        instance.state = "Warmed:Terminating:Wait" if instance.pooled else "Terminating:Wait"
        return self._proceed(instance, now)

    def lost(self, instance_id: str) -> None:
        """Take note that a machine is gone without a word: a spot interruption, a crash, a termination by hand."""
        self.instances.pop(instance_id, None)

    # Several types, and spot

    def next_purchases(self, price: Price = unpriced) -> list[Purchase]:
        """Return what to try for the next instance, the best first; empty when the launch template alone says it."""
        mixed = self.spec.mixed
        return [] if mixed is None else mixed.next_purchases(self.present(), price)

    def interrupt(self, instance_id: str, now: float) -> float:
        """Take note that a spot instance has its notice; return when it is taken away. A second notice changes nothing.

        With capacity rebalancing the group launches another one at once, and lets this one go through its hooks.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-capacity-rebalancing.html
        """
        instance = self.instances[instance_id]
        if instance.taken_at is None:
            instance.taken_at = now + NOTICE_SECONDS
            if self.spec.capacity_rebalance and not instance.leaving:
                self.terminate(instance_id, now)
        return instance.taken_at

    def take_away(self, now: float) -> list[str]:
        """Return the spot instances whose notice is over, which are gone now: hooks hold none of them."""
        taken = [
            one.id for one in self.instances.values() if one.taken_at is not None and now >= one.taken_at
        ]
        for instance_id in taken:
            self.lost(instance_id)
        return taken

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
            if instance.starting or instance.state == "Warmed:Pending:Wait":
                return self.terminate(instance.id, now)
        return self._proceed(instance, now)

    def _proceed(self, instance: GroupInstance, now: float) -> bool:
        if instance.waits:
            return False
        if instance.leaving and instance.returns:
            self._enter_pool(instance, now)
            return False
        if instance.leaving:
            instance.state = "Terminated"
            del self.instances[instance.id]
            return True
        if instance.state == "Warmed:Pending:Wait" and self.spec.warm_pool is not None:
            instance.state = self.spec.warm_pool.prepared_state
            return False
        if instance.starting:
            instance.state, instance.in_service = "InService", now
            self._begin_cooldown(now)
        return False

    def _enter_pool(self, instance: GroupInstance, now: float) -> None:
        """Let an instance that scaling in has chosen go back to the pool, through the launching hooks."""
        instance.returns, instance.protected, instance.in_service = False, False, None
        instance.state, instance.waits = "Warmed:Pending:Wait", self._waits(LAUNCHING, now)
        self._proceed(instance, now)

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
