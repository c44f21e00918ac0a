"""Which instances of a group have to go: by zone first, with protection respected, then by the group's termination policies.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from hubctl.scaling.lifecycle import GroupInstance
from hubctl.scaling.purchasing import MixedInstances

HOUR = 3600
ALIGNING = ("Default", "AllocationStrategy")  # they keep the shares of spot and on-demand instances


def _to_billing_hour(instance: GroupInstance, now: float) -> float:
    return HOUR - (now - instance.launched) % HOUR


# Policy → rank of an instance; the smallest goes first. The allocation strategy ranks nothing: it chooses between spot
# and on-demand instances before (``mixed``), and capacity beyond the prices is not known here.
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
    instances: Iterable[GroupInstance],
    count: int,
    policies: Sequence[str],
    now: float,
    mixed: MixedInstances | None = None,
) -> list[GroupInstance]:
    """Return up to ``count`` instances to terminate, in this order; fewer when the others are protected.

    Within a zone the policies Default and AllocationStrategy keep the distribution of a ``mixed`` group first.

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
        if mixed is not None and (not policies or policies[0] in ALIGNING):
            spot = mixed.too_many(remaining) == "spot"
            candidates = [one for one in candidates if one.spot == spot] or candidates
        victim = min(candidates, key=lambda instance: _rank(instance, policies, now))
        remaining.remove(victim)
        chosen.append(victim)
    return chosen


def _rank(instance: GroupInstance, policies: Sequence[str], now: float) -> tuple[object, ...]:
    return (*(_RANKS[policy](instance, now) for policy in policies or ("Default",)), instance.id)
