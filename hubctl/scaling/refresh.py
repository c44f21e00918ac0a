"""An instance refresh of an auto scaling group: which instances go next, when it waits, and how it ends.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html (how it works)
https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html (the warm pool comes last)
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html (preferences, the hour of ``Wait``)
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html (states)
"""

import math
from dataclasses import dataclass, field
from typing import Literal, get_args

from hubctl.scaling.group import ScaledGroup
from hubctl.scaling.lifecycle import GroupInstance

RefreshStatus = Literal["Pending", "InProgress", "Successful", "Failed", "Cancelling", "Cancelled"]
Protected = Literal["Refresh", "Ignore", "Wait"]
PROTECTED: tuple[Protected, ...] = get_args(Protected)
ACTIVE: frozenset[RefreshStatus] = frozenset({"Pending", "InProgress", "Cancelling"})
# "Amazon EC2 Auto Scaling waits one hour for you to remove scale-in protection. Otherwise, the instance refresh will fail."
LONGEST_PROTECTION_WAIT = 3600.0


@dataclass(frozen=True, kw_only=True)
class RefreshPreferences:
    """How a refresh goes about it; percentages of the desired capacity, ``warmup`` in seconds.

    Raises:
        ValueError: AWS refuses these.

    """

    min_healthy: int = 90
    max_healthy: int = 100
    warmup: float = 0.0
    skip_matching: bool = False
    protected: Protected = "Wait"

    def __post_init__(self) -> None:
        if not 0 <= self.min_healthy <= 100:
            raise ValueError("MinHealthyPercentage must be between 0 and 100")
        if not 100 <= self.max_healthy <= 200:
            raise ValueError("MaxHealthyPercentage must be between 100 and 200")
        if self.max_healthy - self.min_healthy > 100:
            raise ValueError(
                "the difference between MaxHealthyPercentage and MinHealthyPercentage must not exceed 100"
            )
        if self.protected not in PROTECTED:
            raise ValueError(f"ScaleInProtectedInstances must be one of {', '.join(PROTECTED)}")


@dataclass(kw_only=True)
class InstanceRefresh:
    """One refresh of one group, to version ``target`` of its launch template.

    Call :meth:`tick` whenever time has passed. It ends instances by itself where it may; the group launches the others,
    ``surge`` more than desired where instances are to be launched first.
    """

    id: str
    started: float
    target: int
    preferences: RefreshPreferences
    status: RefreshStatus = "Pending"
    reason: str = ""
    ended: float | None = None
    percentage: int = 0
    to_update: int = 0
    _old: set[str] = field(default_factory=set)
    _total: int = 0
    _waits_since: float | None = None

    @property
    def active(self) -> bool:
        """Whether it is not over."""
        return self.status in ACTIVE

    def cancel(self) -> None:
        """Begin to cancel: what was replaced stays replaced, and nothing else is."""
        self.status, self.reason = "Cancelling", "Cancelled by user"

    def tick(self, group: ScaledGroup, now: float) -> list[str]:
        """Go on; return the ids that were terminated at once, without a hook that holds them."""
        if self.status == "Pending":
            self._begin(group)
        if self.status == "Cancelling":
            if not any(instance.starting for instance in group.instances.values()):
                self._end(group, "Cancelled", self.reason, now)
            return []
        if self.status != "InProgress":
            return []
        remaining = [instance for instance in group.present() if instance.id in self._old]
        open_ones = [one for one in remaining if not self._left_alone(one)]
        unready = [one for one in group.present() if one.id not in self._old and not self._ready(one, now)]
        self.to_update = len(open_ones)
        self._measure(len(open_ones) + len(unready))
        if not open_ones:
            group.surge = 0
            if unready or len(group.present()) < group.desired:
                return []
            outdated = [one.id for one in group.pool() if self._outdated(one)]
            self._end(group, "Successful", self._outcome(remaining), now)
            return [instance_id for instance_id in outdated if group.terminate(instance_id, now)]
        free = [one for one in open_ones if not one.protected or self.preferences.protected == "Refresh"]
        if not free:
            self._wait(group, open_ones, now)
            return []
        self._waits_since, self.reason = None, ""
        return self._replace(group, free, unready, now)

    def _begin(self, group: ScaledGroup) -> None:
        """Take note of what is to be replaced. What waits in the warm pool is replaced after what is in service.

        Until then the group takes nothing older from the pool: it would have to be replaced at once. AWS does not say so.
        """
        self.status = "InProgress"
        self._old = {instance.id for instance in group.present() if self._outdated(instance)}
        self._total = len(self._old)
        group.oldest_from_pool = self.target

    def _outdated(self, instance: GroupInstance) -> bool:
        return not (self.preferences.skip_matching and instance.template == self.target)

    def _replace(
        self, group: ScaledGroup, free: list[GroupInstance], unready: list[GroupInstance], now: float
    ) -> list[str]:
        """Terminate as many as may go now; where new ones come first, make room for them."""
        desired = group.desired
        needed = math.ceil(desired * self.preferences.min_healthy / 100)
        room = math.floor(desired * self.preferences.max_healthy / 100) - desired
        if self.preferences.min_healthy == 100 or (needed >= desired and room > 0):
            # Launch before terminating, with at least one instance more than the group has.
            room = max(1, room)
            may_go = len(group.present()) - len(unready) - desired
        else:
            # At least one at a time, or a small group would never be done.
            may_go = max(desired - needed - len(unready), 0 if unready else 1)
        going = sorted(free, key=lambda one: (one.launched, one.id))[: max(0, may_go)]
        group.surge = max(0, min(room, len(free) - len(going)))
        return [instance.id for instance in going if group.terminate(instance.id, now)]

    def _wait(self, group: ScaledGroup, held: list[GroupInstance], now: float) -> None:
        group.surge = 0
        if self._waits_since is None:
            self._waits_since = now
        ids = ", ".join(sorted(one.id for one in held))
        self.reason = f"Waiting for scale-in protection to be removed from {ids}"
        if now - self._waits_since >= LONGEST_PROTECTION_WAIT:
            reason = f"The scale-in protection of {ids} was not removed within one hour"
            self._end(group, "Failed", reason, now)

    def _left_alone(self, instance: GroupInstance) -> bool:
        return instance.protected and self.preferences.protected == "Ignore"

    def _ready(self, instance: GroupInstance, now: float) -> bool:
        return instance.healthy and not instance.warming(now, self.preferences.warmup)

    def _measure(self, undone: int) -> None:
        done = max(0, self._total - undone)
        self.percentage = max(self.percentage, 100 * done // self._total if self._total else 0)

    def _outcome(self, left_alone: list[GroupInstance]) -> str:
        ids = ", ".join(sorted(one.id for one in left_alone))
        return f"Protected instances were left as they are: {ids}" if ids else ""

    def _end(self, group: ScaledGroup, status: RefreshStatus, reason: str, now: float) -> None:
        group.surge, group.oldest_from_pool = 0, None
        self.status, self.reason, self.ended = status, reason, now
        if status == "Successful":
            self.percentage = 100
