"""A warm pool: how many prepared instances a group keeps beside its capacity, and which of them it takes first.

The group itself (:class:`~hubctl.scaling.group.ScaledGroup`) moves instances in and out.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html (size, reuse)
https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html (parameters)
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from hubctl.scaling.lifecycle import GroupInstance, LifecycleState

WarmPoolState = Literal["Stopped", "Running", "Hibernated"]
PREPARED_STATES: dict[WarmPoolState, LifecycleState] = {
    "Stopped": "Warmed:Stopped",
    "Running": "Warmed:Running",
    "Hibernated": "Warmed:Hibernated",
}


@dataclass(frozen=True, kw_only=True)
class WarmPoolSettings:
    """The settings of a warm pool.

    ``max_prepared`` is how many instances the group and its pool have together, None for the group's largest size.
    ``min_size`` instances stay in the pool in any case. ``reuse_on_scale_in``: an instance that the group gives back goes to
    the pool instead of being terminated.

    Raises:
        ValueError: AWS refuses these.

    """

    min_size: int = 0
    max_prepared: int | None = None
    state: WarmPoolState = "Stopped"
    reuse_on_scale_in: bool = False

    def __post_init__(self) -> None:
        if self.min_size < 0:
            raise ValueError(f"MinSize {self.min_size} must be at least 0")
        if self.max_prepared is not None and self.max_prepared < 0:
            raise ValueError(
                f"MaxGroupPreparedCapacity {self.max_prepared} must be at least 0, or -1 for none"
            )
        if self.state not in PREPARED_STATES:
            raise ValueError(f"PoolState {self.state} must be one of {', '.join(PREPARED_STATES)}")

    def size(self, *, desired: int, max_size: int) -> int:
        """Return how many instances the pool should hold.

        That is the difference between the prepared capacity, or else the group's largest size, and the desired capacity;
        at least ``min_size``. With ``min_size`` equal to ``max_prepared`` it is always that number.
        """
        prepared = max_size if self.max_prepared is None else self.max_prepared
        return max(self.min_size, prepared - desired, 0)

    @property
    def prepared_state(self) -> LifecycleState:
        """The state of an instance that waits in the pool."""
        return PREPARED_STATES[self.state]


def instances_to_take(
    pool: Iterable[GroupInstance], count: int, present: Iterable[GroupInstance], zones: Sequence[str]
) -> list[GroupInstance]:
    """Return up to ``count`` prepared instances for the group, those of the group's emptiest zones first.

    Within a zone the one that was launched first is taken; AWS does not say which one it takes.
    """
    sizes = Counter(dict.fromkeys(zones, 0))
    sizes.update(instance.zone for instance in present)
    prepared = [instance for instance in pool if instance.ready_in_pool]
    taken: list[GroupInstance] = []
    while prepared and len(taken) < count:
        chosen = min(prepared, key=lambda one: (sizes[one.zone], one.launched, one.id))
        prepared.remove(chosen)
        sizes[chosen.zone] += 1
        taken.append(chosen)
    return taken
