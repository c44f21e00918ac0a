"""Where instances run: the checks of instance types, availability zones and key pairs.

The instance types exist and are offered in the zones where they will run. The zones that the stack names are there, and
there are enough for it to choose from. The EC2 key pairs that the stack names exist.
"""

from collections.abc import Iterator

from hub_constructs.core.aws_limits.regions import explained_zone
from hubctl.doctor.examination import DoctorCheck, Examination, Finding, error, ok, some, warning
from stacks.settings.node_rules import WORKER_RESERVE_GIB
from stacks.settings.scaling_guards import SYSTEM_GIB

# The variable that says what a user's server is promised, and what an instance keeps back, in GiB
MEMORY_OF_USERS = {
    "aws-lab": ("user_memory_gib", SYSTEM_GIB),
    "chef-hub": ("hub_user_memory_gib", WORKER_RESERVE_GIB),
}
ZONE_VARIABLES = {
    "aws-lab": "availability_zones",
    "chef-hub": "default_availability_zone and secondary_availability_zone",
}


def _check_instance_types(examination: Examination) -> Iterator[Finding]:
    stack = examination.placed
    needed: dict[str, dict[str, list[str]]] = {}
    for launch in stack.launches:
        found = [zone for subnet in launch.subnets if (zone := stack.subnet_zones.get(subnet))]
        for name in launch.types:
            zones = needed.setdefault(name, {})
            for zone in found:
                zones.setdefault(zone, []).append(launch.address)
    offered = _offered(examination, sorted(needed))
    for name, zones in sorted(needed.items()):
        yield _finding(examination, name, zones, offered[name])
    yield from _too_small(examination)


def _too_small(examination: Examination) -> Iterator[Finding]:
    """Yield the types of instances for users that could not hold a single server."""
    variable, reserve_gib = MEMORY_OF_USERS[examination.stack.name]
    wanted = examination.stack.values.get(variable)
    groups = {name for launch in examination.placed.launches if launch.group for name in launch.types}
    for name in sorted(groups & set(examination.type_details)):
        has = examination.type_details[name]["MemoryInfo"]["SizeInMiB"] / 1024
        if isinstance(wanted, int | float) and has - reserve_gib < wanted:
            yield warning(
                name,
                f"the instance type {name} has {has:g} GiB, of which {reserve_gib:g} are not for users, and {variable} is "
                f"{wanted:g}: no user could start a server",
                f"Choose a larger instance type, or a smaller {variable}.",
            )


def _finding(examination: Examination, name: str, zones: dict[str, list[str]], offered: set[str]) -> Finding:
    if name not in examination.type_details or not offered:
        return error(
            name,
            f"the instance type {name} is not offered in {examination.region}",
            "Choose another one; `aws ec2 describe-instance-type-offerings` lists them.",
        )
    # A zone that is not there at all is the matter of the zones' own check.
    lacking = sorted(zone for zone in zones if zone not in offered and zone in examination.zones)
    if not lacking:
        return ok(name, f"offered in {some(zones)}" if zones else "offered in the region")
    users = some(address for zone in lacking for address in zones[zone])
    problem = f"{name} is not offered in {some(lacking)}, where {users} may run; it is in {some(offered)}"
    remedy = "Choose another zone or another instance type."
    single = any(address.startswith("aws_instance.") for zone in lacking for address in zones[zone])
    everywhere = len(lacking) == len(zones)
    return error(name, problem, remedy) if single or everywhere else warning(name, problem, remedy)


def _offered(examination: Examination, names: list[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {name: set() for name in names}
    pages = (
        examination.client("ec2")
        .get_paginator("describe_instance_type_offerings")
        .paginate(
            LocationType="availability-zone",
            Filters=[{"Name": "instance-type", "Values": names}],
        )
    )
    for page in pages:
        for offering in page["InstanceTypeOfferings"]:
            found.setdefault(offering["InstanceType"], set()).add(offering["Location"])
    return found


INSTANCE_TYPES_CHECK = DoctorCheck(
    name="instance-types",
    about="the instance types are offered in the zones of their subnets, and those for users hold at least one server",
    run=_check_instance_types,
    actions=("ec2:DescribeInstanceTypes", "ec2:DescribeInstanceTypeOfferings"),
)


def _check_zones(examination: Examination) -> Iterator[Finding]:
    stack, there = examination.stack, examination.zones
    usable = [name for name, state in there.items() if state == "available"]
    named = {zone for zone in stack.subnet_zones.values() if zone is not None}
    remedy = f"Set {ZONE_VARIABLES[stack.name]} to zones that are there: {some(usable)}."
    for zone in sorted(named):
        if problem := explained_zone(zone, examination.region):
            yield error(zone or "zone", f"{zone or 'an empty text'} {problem}", remedy)
        elif zone not in there:
            yield error(zone, f"there is no availability zone {zone} in {examination.region}", remedy)
        elif there[zone] != "available":
            yield error(zone, f"the availability zone {zone} is {there[zone]}", remedy)
        else:
            yield ok(zone, "available")
    chosen = sum(1 for zone in stack.subnet_zones.values() if zone is None)
    if chosen > len(usable):
        yield error(
            str(examination.region),
            f"{chosen} availability zones are needed, {examination.region} has {len(usable)}: {some(usable)}",
            "Lower the setting zone_count, or choose another region.",
        )
    elif chosen:
        zones = examination.placed.subnet_zones.values()
        yield ok(some(str(zone) for zone in zones), f"available; Terraform chooses them of {len(usable)}")


ZONES_CHECK = DoctorCheck(
    name="zones",
    about="the availability zones of the subnets are in the region and available",
    run=_check_zones,
    actions=("ec2:DescribeAvailabilityZones",),
)


def _check_key_pair(examination: Examination) -> Iterator[Finding]:
    named = sorted({launch.key_name for launch in examination.stack.launches if launch.key_name})
    if not named:
        yield ok("key pair", "none is asked for: Session Manager opens shells")
        return
    there = {pair["KeyName"] for pair in examination.client("ec2").describe_key_pairs()["KeyPairs"]}
    for name in named:
        if name in there:
            yield ok(name, "the key pair exists")
        else:
            yield error(
                name,
                f"there is no key pair {name} in {examination.region}; there is {some(there)}",
                f"Set key_name to one that is there, or `aws ec2 import-key-pair --key-name {name} …`.",
            )


KEY_PAIR_CHECK = DoctorCheck(
    name="key-pair",
    about="the EC2 key pair exists in the region, if one is named",
    run=_check_key_pair,
    actions=("ec2:DescribeKeyPairs",),
)
