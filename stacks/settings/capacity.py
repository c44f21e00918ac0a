"""Settings of how instances come: a warm pool, several instance types, spot, and the row of the defaults' table.

Those of both stacks stand first, then what each has besides. What they mean together is judged in ``capacity_guards.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from stacks.settings.field_checks import INSTANCE_TYPE, Items
from stacks.settings.model import Remedy, SettingsModel, Variable

PoolState = Literal["off", "stopped", "hibernated"]


@dataclass(frozen=True, kw_only=True)
class GroupSettings:
    """What the settings of a stack's group of instances are called: the one list of these names."""

    type: str
    types: str
    pool: str
    smallest: str
    largest: str
    user_gib: str
    spare: str


GROUP_SETTINGS: Mapping[str, GroupSettings] = {
    "aws-lab": GroupSettings(
        type="instance_type",
        types="instance_types",
        pool="warm_pool_size",
        smallest="min_size",
        largest="max_size",
        user_gib="user_memory_gib",
        spare="spare_places",
    ),
    "chef-hub": GroupSettings(
        type="worker_instance_type",
        types="worker_instance_types",
        pool="worker_warm_pool_size",
        smallest="worker_min_size",
        largest="worker_max_size",
        user_gib="hub_user_memory_gib",
        spare="hub_spare_places",
    ),
}
# Variables that exist in the profile ``original`` only while the part that they belong to is used there
LAB_POOL_VARIABLES = ("warm_pool_size",)
HUB_POOL_VARIABLES = ("worker_warm_pool_size",)
SPOT_VARIABLES = ("worker_on_demand_base", "worker_on_demand_percent")
_TYPES = Remedy(
    'Give a list of different EC2 instance types such as ["m6a.xlarge", "m7i.xlarge"], the most welcome first.'
)


class CapacitySettings(SettingsModel):
    """Of both stacks. All of them shape the stack."""

    warm_pool: Annotated[
        PoolState | None, Remedy('Use "off", "stopped" or "hibernated", or leave it to the profile.')
    ] = Field(
        None,
        description="instances that have booted once and wait `stopped` or `hibernated`; as the profile has it when not given",
    )
    warm_pool_reuse: Annotated[bool, Remedy("Use true or false.")] = Field(
        True, description="instances that are no longer needed go back to the warm pool instead of ending"
    )
    sized_for: Annotated[
        Literal[20, 50, 100, 300], Remedy("Use 20, 50, 100 or 300, the number of users next above yours.")
    ] = Field(
        20,
        description="users for whom `recommended` is sized: the row of the defaults' table that variables begin with",
    )


class LabCapacitySettings(CapacitySettings):
    """Of aws-lab. Spot is not among them: sessions live on the instance, and would end with it after two minutes."""

    warm_pool_size: Annotated[
        int,
        Remedy("Use 0 to 100, at most max_size."),
        Variable(),
    ] = Field(1, ge=0, le=100, description="instances kept in the warm pool, if there is one")
    instance_types: Annotated[tuple[str, ...], Items(pattern=INSTANCE_TYPE), _TYPES] = Field(
        (),
        strict=False,
        description="types to take where `instance_type` is not to be had, with the same memory and architecture",
    )


class HubCapacitySettings(CapacitySettings):
    """Of chef-hub. Workers may be spot instances: the homes are on the shared file system."""

    worker_warm_pool_size: Annotated[
        int,
        Remedy("Use 0 to 100, at most worker_max_size."),
        Variable(),
    ] = Field(1, ge=0, le=100, description="workers kept in the warm pool, if there is one")
    worker_instance_types: Annotated[tuple[str, ...], Items(pattern=INSTANCE_TYPE), _TYPES] = Field(
        (),
        strict=False,
        description="types beside `worker_instance_type`, with the same memory and architecture",
    )
    worker_spot: Annotated[Literal["off", "on"], Remedy('Use "off" or "on".')] = Field(
        "off",
        description="`on`: workers beyond `worker_on_demand_base` are spot instances, which AWS may take back",
    )
    worker_on_demand_base: Annotated[int, Remedy("Use 0 to 100 workers."), Variable()] = Field(
        1, ge=0, le=100, description="workers that are never spot instances, where spot is on"
    )
    worker_on_demand_percent: Annotated[int, Remedy("Use 0 to 100 percent."), Variable()] = Field(
        0, ge=0, le=100, description="share of the further workers that are not spot instances, in percent"
    )
