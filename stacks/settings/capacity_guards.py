"""Warm pools, instance types and spot that AWS or the design exclude, found before anything is deployed.

Most of it needs the profile or says what was set together, so it is judged once all settings of a stack are known. What
depends on variables is said again by their validation blocks, as these may be set when Terraform plans.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hub_constructs.core.variable_specs import Check
from stacks.chef_hub.profiles import PROFILES
from stacks.settings.capacity import (
    GROUP_SETTINGS,
    HUB_POOL_VARIABLES,
    LAB_POOL_VARIABLES,
    SPOT_VARIABLES,
    GroupSettings,
    HubCapacitySettings,
    PoolState,
)
from stacks.settings.crowds import SPARE_VARIABLES
from stacks.settings.instance_traits import (
    HIBERNATING_GIB,
    all_types,
    architecture,
    hibernates,
    like,
)
from stacks.settings.model import Mistake
from stacks.settings.scaling_guards import instance_type

# Beside the memory that a hibernating instance writes out: system, Docker, the notebook image
SYSTEM_DISK_GIB = 30
PROFILE_POOLS: Mapping[str, PoolState] = {"recommended": "stopped", "original": "off"}


def pool_of(profile: str, settings: Any) -> PoolState:
    """Return whether there is a warm pool, and of which kind: as it was set, else as the profile has it.

    Spot workers have none, as AWS excludes it: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html
    """
    chosen: PoolState | None = settings.warm_pool
    if chosen is not None:
        return chosen
    return "off" if _spot(settings) else PROFILE_POOLS[profile]


def unused_variables(profile: str, settings: Any) -> set[str]:
    """Return the variables that the profile ``original`` does not have, as what they are for is not used."""
    if profile != "original":
        return set()
    unused = {*SPARE_VARIABLES}
    if pool_of(profile, settings) == "off":
        unused |= {*LAB_POOL_VARIABLES, *HUB_POOL_VARIABLES}
    return unused if _spot(settings) else {*unused, *SPOT_VARIABLES}


def type_of(stack: str, profile: str, settings: Any) -> str:
    """Return the instance type of a stack's group."""
    found = getattr(settings, GROUP_SETTINGS[stack].type)
    return PROFILES[profile].variable_defaults[GROUP_SETTINGS[stack].type] if found is None else str(found)


def capacity_mistakes(
    stack: str, profile: str, settings: Any, own: Mapping[str, object]
) -> Iterator[Mistake]:
    """Yield what is wrong in the settings of ``stack``; ``own`` are those that were given for it."""
    names = GROUP_SETTINGS[stack]
    pool = pool_of(profile, settings)
    kind = type_of(stack, profile, settings)
    yield from _type_mistakes(names, settings, kind)
    yield from _older_launches(stack, profile, settings, pool)
    if pool == "off":
        return
    if _spot(settings):
        yield Mistake(
            key="warm_pool, worker_spot",
            value=(settings.warm_pool, settings.worker_spot),
            problem="AWS does not keep a warm pool for a group that asks for spot instances",
            remedy='Leave warm_pool out, which means none for spot workers, or set worker_spot to "off".',
        )
    size, largest = getattr(settings, names.pool), getattr(settings, names.largest)
    if names.pool in own and size > largest:
        yield Mistake(
            key=f"{names.pool}, {names.largest}",
            value=(size, largest),
            problem=f"the group never has more than {largest} instances, so {size - largest} of the pool could never serve",
            remedy=f"Lower {names.pool} or raise {names.largest}.",
        )
    if pool == "hibernated":
        yield from _hibernation_mistakes(stack, names, settings, kind)


def _spot(settings: Any) -> bool:
    return isinstance(settings, HubCapacitySettings) and settings.worker_spot == "on"


def _type_mistakes(names: GroupSettings, settings: Any, kind: str) -> Iterator[Mistake]:
    """Yield what makes the further types unequal to the first: instances of a group have equally many places."""
    others: tuple[str, ...] = getattr(settings, names.types)
    if not others:
        return
    first = instance_type(kind)
    problems = []
    if unknown := [name for name in (kind, *others) if instance_type(name) is None]:
        problems.append(
            f"the size of {', '.join(unknown)} is not known to stacks/settings/instance_types.json"
        )
    sizes = [size for name in others if (size := instance_type(name)) is not None]
    if first is not None and (
        uneven := [
            f"{size.name} has {size.memory_gib:g} GiB"
            for size in sizes
            if size.memory_gib != first.memory_gib
        ]
    ):
        problems.append(
            f"a {kind} has {first.memory_gib:g} GiB of memory, but {', '.join(uneven)}, so that instances would have "
            "different numbers of places"
        )
    if foreign := [name for name in others if architecture(name) != architecture(kind)]:
        problems.append(
            f"the image of a {kind} is for {architecture(kind)}, but {', '.join(foreign)} would need one for "
            f"{architecture(foreign[0])}"
        )
    if kind in others:
        problems.append(f"{kind} is {names.type} already")
    fitting = [name for name in like(kind) if name != kind]
    for problem in problems:
        yield Mistake(
            key=names.types,
            value=others,
            problem=problem,
            remedy=f"Choose among {', '.join(fitting)}." if fitting else f"Choose another {names.type}.",
        )


def _older_launches(stack: str, profile: str, settings: Any, pool: PoolState) -> Iterator[Mistake]:
    """Yield what a group cannot have that starts its instances from a launch configuration.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-configurations.html
    """
    hub = stack == "chef-hub"
    if not (profile == "original" if hub else settings.launch == "configuration"):
        return
    cause = "the profile original" if hub else 'launch = "configuration"'
    remedy = 'Set profile to "recommended"' if hub else 'Set launch to "template"'
    names = GROUP_SETTINGS[stack]
    if getattr(settings, names.types):
        yield Mistake(
            key=names.types,
            value=getattr(settings, names.types),
            problem=f"{cause} has a launch configuration, and AWS takes several types from a launch template only",
            remedy=f"{remedy}, or leave the list empty.",
        )
    if _spot(settings):
        yield Mistake(
            key="worker_spot",
            value="on",
            problem=f"{cause} has its own spot price in a launch configuration",
            remedy=f"{remedy}, or leave worker_spot out.",
        )
    if pool != "off" and (hub or pool == "hibernated"):
        yield Mistake(
            key="warm_pool",
            value=settings.warm_pool,
            problem=f"{cause} asks for spot instances, for which AWS keeps no warm pool"
            if hub
            else f"with {cause} instances cannot hibernate",
            remedy=f"{remedy}, or warm_pool to {chr(34)}{'off' if hub else 'stopped'}{chr(34)}.",
        )


def _hibernation_mistakes(stack: str, names: GroupSettings, settings: Any, kind: str) -> Iterator[Mistake]:
    types = (kind, *getattr(settings, names.types))
    sizes = [size for name in types if (size := instance_type(name)) is not None]
    if unable := [size.name for size in sizes if not hibernates(size)]:
        able = [name for name in _hibernating(like(kind)) if name != kind]
        choice = f"choose among {', '.join(able)}" if able else f"choose another {names.type}"
        yield Mistake(
            key=f"warm_pool, {names.type if kind in unable else names.types}",
            value=(settings.warm_pool, kind if kind in unable else getattr(settings, names.types)),
            problem=f"AWS cannot hibernate instances of {', '.join(unable)}: not all families can, none with "
            f"{HIBERNATING_GIB} GiB of memory or more, and none with accelerators",
            remedy=f'Set warm_pool to "stopped", or {choice}.',
        )
    if stack == "aws-lab" and sizes:
        needed = disk_for(max(size.memory_gib for size in sizes))
        if settings.root_volume_gib < needed:
            yield Mistake(
                key="warm_pool, root_volume_gib",
                value=(settings.warm_pool, settings.root_volume_gib),
                problem=f"a hibernating {kind} writes its memory to the root volume, which needs {needed} GiB: "
                f"{SYSTEM_DISK_GIB} and as many as it has memory",
                remedy=f'Set root_volume_gib to at least {needed}, or warm_pool to "stopped".',
            )


def _hibernating(types: Iterable[str]) -> list[str]:
    return [name for name in types if (size := instance_type(name)) is not None and hibernates(size)]


def disk_for(memory_gib: float) -> int:
    """Return the GiB of a root volume that takes the system and the memory."""
    return SYSTEM_DISK_GIB + -int(-memory_gib // 1)


def variable_checks(stack: str, profile: str, settings: Any) -> dict[str, tuple[Check, ...]]:
    """Return what has to be checked again when Terraform plans, by variable."""
    names, pool = GROUP_SETTINGS[stack], pool_of(profile, settings)
    kind = type_of(stack, profile, settings)
    checks: dict[str, tuple[Check, ...]] = {}
    if pool != "off":
        # The default passes whatever the group's size is: it is not the operator's mistake.
        checks[names.pool] = (
            Check(
                condition=f"var.{names.pool} <= max(var.{names.largest}, {getattr(settings, names.pool)})",
                message=f"{names.pool}: instances beyond {names.largest} could never serve. Lower it, or raise {names.largest}.",
            ),
        )
    if getattr(settings, names.types):
        alike = _hibernating(like(kind)) if pool == "hibernated" else like(kind)
        checks[names.type] = (_one_of(names.type, alike, f"as {names.types} was made for a {kind}"),)
    elif pool == "hibernated" and (size := instance_type(kind)) is not None:
        able = [o.name for o in all_types() if hibernates(o) and o.memory_gib <= size.memory_gib]
        checks[names.type] = (_one_of(names.type, able, f"to hibernate as a {kind} does"),)
    if stack == "aws-lab" and pool == "hibernated" and (size := instance_type(kind)) is not None:
        needed = disk_for(size.memory_gib)
        checks["root_volume_gib"] = (
            Check(
                condition=f"var.root_volume_gib >= {needed}",
                message=f"root_volume_gib: hibernating instances write their memory to it. Use at least {needed}.",
            ),
        )
    return checks


def _one_of(name: str, types: list[str], why: str) -> Check:
    listed = ", ".join(f'"{one}"' for one in types)
    return Check(
        condition=f"contains([{listed}], var.{name})",
        message=f"{name}: {why}, use one of {', '.join(types)}.",
    )
