"""The instances that a stack launches: those of groups, and single ones."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

_LOOKUP = re.compile(r"data\.(aws_ami(?:_ids)?)\.([\w-]+)\.")
TEMPLATES = ("aws_launch_template", "aws_launch_configuration")


class Resources(Protocol):
    """What is asked about a stack."""

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the resources of a type by name, evaluated."""
        ...

    def raw(self, kind: str, name: str) -> Mapping[str, Any]:
        """Return a resource as it stands in the JSON."""
        ...


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A disk of an instance; ``gib`` None is the size that the image has."""

    gib: float | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class PoolSizes:
    """The sizes of a warm pool: its ``fewest`` instances, and how many are ``prepared`` with those of the group.

    ``usual`` is the group's smallest size, which it has without users.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_PutWarmPool.html
    """

    fewest: int
    prepared: int
    usual: int = 0

    def stopped(self, count: float) -> float:
        """Return how many instances wait in the pool while the group has ``count``."""
        return max(self.fewest, self.prepared - count, 0)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """Instances of one kind.

    Attributes:
        address: Of the group, or of the single instance.
        instance_type: Name of the type.
        smallest, largest: How many there are at least and at most; 1 and 1 for a single instance.
        spot: Whether they are spot instances.
        image: Address of the look-up of the image, such as ``aws_ami.lab``, or the id of an image.
        key_name: EC2 key pair, None for none.
        disks: The root disk and others.
        public_address: Whether each has a public IPv4 address.
        monitored: Whether CloudWatch looks every minute (detailed monitoring).
        subnets: Names of the ``aws_subnet`` resources they run in.
        group: Name of the auto scaling group; None for a single instance.
        tags: Tags by which a running one is recognised.
        other_types: Types that are taken where ``instance_type`` is not to be had.
        on_demand_base, on_demand_percent: How many instances are not spot, and the share of the others that are not,
            where only some are.
        pool: The warm pool of the group; None without one.

    """

    address: str
    instance_type: str
    smallest: int
    largest: int
    spot: bool
    image: str
    key_name: str | None
    disks: tuple[Disk, ...]
    public_address: bool
    monitored: bool
    subnets: tuple[str, ...]
    group: str | None = None
    tags: Mapping[str, str]
    other_types: tuple[str, ...] = ()
    on_demand_base: int = 0
    on_demand_percent: float | None = None
    pool: PoolSizes | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """All types that its instances may have."""
        return (self.instance_type, *self.other_types)

    @property
    def uses_spot(self) -> bool:
        """Tell whether any of them may be a spot instance."""
        return self.spot or (self.on_demand_percent is not None and self.on_demand_percent < 100)

    def pooled(self, count: float) -> float:
        """Return how many instances wait stopped or hibernated while the group has ``count``."""
        return self.pool.stopped(count) if self.pool else 0

    def on_demand(self, count: float) -> float:
        """Return how many of ``count`` instances are not spot; AWS rounds the share up.

        https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstancesDistribution.html
        """
        if self.spot or self.on_demand_percent is None:
            return 0 if self.spot else count
        above = max(0, count - self.on_demand_base)
        return min(count, min(self.on_demand_base, count) + math.ceil(above * self.on_demand_percent / 100))


def launches(stack: Resources) -> Iterator[Launch]:
    """Yield what the stack launches; groups first."""
    for name, group in stack.resources("aws_autoscaling_group").items():
        kind, template = _template(stack, stack.raw("aws_autoscaling_group", name))
        launch, raw = stack.resources(kind)[template], stack.raw(kind, template)
        yield Launch(
            address=f"aws_autoscaling_group.{name}",
            instance_type=str(launch["instance_type"]),
            smallest=int(float(group["min_size"])),
            largest=int(float(group["max_size"])),
            spot=bool(launch.get("spot_price") or launch.get("instance_market_options")),
            image=_image(raw.get("image_id")),
            key_name=launch.get("key_name") or None,
            disks=_disks(launch),
            public_address=_group_address(stack, launch, group, name),
            monitored=_monitored(launch),
            subnets=_subnets(stack.raw("aws_autoscaling_group", name).get("vpc_zone_identifier")),
            group=str(group.get("name") or ""),
            tags={},
            **_capacity(group, str(launch["instance_type"])),
        )
    for name, instance in stack.resources("aws_instance").items():
        raw = stack.raw("aws_instance", name)
        yield Launch(
            address=f"aws_instance.{name}",
            instance_type=str(instance["instance_type"]),
            smallest=1,
            largest=1,
            spot=bool(instance.get("instance_market_options")),
            image=_image(raw.get("ami")),
            key_name=instance.get("key_name") or None,
            disks=_disks(instance),
            public_address=bool(instance.get("associate_public_ip_address")),
            monitored=bool(instance.get("monitoring")),
            subnets=_subnets(raw.get("subnet_id")),
            tags={key: str(value) for key, value in (instance.get("tags") or {}).items()},
        )


def pool_sizes(group: Mapping[str, Any]) -> PoolSizes | None:
    """Return the sizes of the warm pool in the arguments of a group; None where it has none.

    Without a prepared size it is the group's largest, as far as that is known.
    """
    for pool in _listed(group.get("warm_pool")):
        prepared = _whole(pool.get("max_group_prepared_capacity"))
        if prepared is None or prepared < 0:
            prepared = _whole(group.get("max_size")) or 0
        return PoolSizes(
            fewest=max(0, _whole(pool.get("min_size")) or 0),
            prepared=prepared,
            usual=_whole(group.get("min_size")) or 0,
        )
    return None


def _whole(value: Any) -> int | None:
    """Return a number as a whole one; None for what is not known before an apply."""
    try:
        return int(float(value))
    except (TypeError, ValueError):
        return None


def _capacity(group: Mapping[str, Any], first: str) -> dict[str, Any]:
    """Return what the group says of further types, spot and a warm pool."""
    found: dict[str, Any] = {}
    found["pool"] = pool_sizes(group)
    for policy in _listed(group.get("mixed_instances_policy")):
        for distribution in _listed(policy.get("instances_distribution")):
            found["on_demand_base"] = int(float(distribution.get("on_demand_base_capacity") or 0))
            percent = distribution.get("on_demand_percentage_above_base_capacity")
            found["on_demand_percent"] = 100.0 if percent is None else float(percent)
        types = [
            str(override["instance_type"])
            for template in _listed(policy.get("launch_template"))
            for override in _listed(template.get("override"))
            if override.get("instance_type")
        ]
        found["other_types"] = tuple(name for name in dict.fromkeys(types) if name != first)
    return found


def _template(stack: Resources, raw_group: Mapping[str, Any]) -> tuple[str, str]:
    """Return type and name of the launch template or configuration that a group refers to."""
    text = json.dumps(raw_group)
    for kind in TEMPLATES:
        if found := re.search(rf"{kind}\.([\w-]+)\.", text):
            return kind, found[1]
    kinds = [(kind, name) for kind in TEMPLATES for name in stack.resources(kind)]
    if not kinds:
        raise KeyError("launch template")
    return kinds[0]


def _image(raw: object) -> str:
    found = _LOOKUP.search(str(raw))
    return f"{found[1]}.{found[2]}" if found else str(raw)


def _disks(launch: Mapping[str, Any]) -> tuple[Disk, ...]:
    mappings = [mapping.get("ebs") or {} for mapping in _listed(launch.get("block_device_mappings"))]
    mappings += _listed(launch.get("root_block_device")) + _listed(launch.get("ebs_block_device"))
    found = tuple(
        Disk(
            gib=float(disk["volume_size"]) if disk.get("volume_size") else None,
            kind=str(disk.get("volume_type", "gp2")),
        )
        for disk in mappings
    )
    return found or (Disk(gib=None, kind="gp2"),)


def _group_address(stack: Resources, launch: Mapping[str, Any], group: Mapping[str, Any], name: str) -> bool:
    """Tell whether instances of a group get a public address: what the launch says, else the subnets."""
    said = [
        interface.get("associate_public_ip_address")
        for interface in _listed(launch.get("network_interfaces"))
    ]
    said.append(launch.get("associate_public_ip_address"))
    known = [value for value in said if value is not None]
    if known:
        return str(known[0]).lower() == "true"
    del group
    subnets = _subnets(stack.raw("aws_autoscaling_group", name).get("vpc_zone_identifier"))
    described = stack.resources("aws_subnet")
    return any(described[subnet].get("map_public_ip_on_launch") for subnet in subnets if subnet in described)


def _monitored(launch: Mapping[str, Any]) -> bool:
    if "enable_monitoring" in launch:
        return bool(launch["enable_monitoring"])
    return any(bool(each.get("enabled")) for each in _listed(launch.get("monitoring")))


def _subnets(raw: object) -> tuple[str, ...]:
    return tuple(re.findall(r"aws_subnet\.([\w-]+)\.", json.dumps(raw)))


def _listed(value: Any) -> list[dict[str, Any]]:
    """Return a block as a list: Terraform JSON writes one block with or without brackets."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
