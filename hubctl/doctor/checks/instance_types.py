"""The instance types exist and are offered in the zones where they will run."""

from collections.abc import Iterator

from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, some, warning
from stacks.node_rules import WORKER_RESERVE_GIB
from stacks.scaling_guards import SYSTEM_GIB

# The variable that says what a user's server is promised, and what an instance keeps back, in GiB
USER_MEMORY = {
    "aws-lab": ("user_memory_gib", SYSTEM_GIB),
    "chef-hub": ("hub_user_memory_gib", WORKER_RESERVE_GIB),
}


def _run(examination: Examination) -> Iterator[Finding]:
    stack = examination.placed
    needed: dict[str, dict[str, list[str]]] = {}
    for launch in stack.launches:
        zones = needed.setdefault(launch.instance_type, {})
        for subnet in launch.subnets:
            if zone := stack.subnet_zones.get(subnet):
                zones.setdefault(zone, []).append(launch.address)
    offered = _offered(examination, sorted(needed))
    for name, zones in sorted(needed.items()):
        yield _finding(examination, name, zones, offered[name])
    yield from _too_small(examination)


def _too_small(examination: Examination) -> Iterator[Finding]:
    """Yield the types of instances for users that could not hold a single server."""
    variable, reserve_gib = USER_MEMORY[examination.stack.name]
    wanted = examination.stack.values.get(variable)
    groups = {launch.instance_type for launch in examination.placed.launches if launch.group}
    for name in sorted(groups & set(examination.type_details)):
        has = examination.type_details[name]["MemoryInfo"]["SizeInMiB"] / 1024
        if isinstance(wanted, int | float) and has - reserve_gib < wanted:
            yield warning(
                name,
                f"the instance type {name} has {has:g} GiB, of which {reserve_gib:g} are not for users, and {variable} is "
                f"{wanted:g}: nobody could start a server",
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
    told = f"{name} is not offered in {some(lacking)}, where {users} may run; it is in {some(offered)}"
    remedy = "Choose another zone or another instance type."
    single = any(address.startswith("aws_instance.") for zone in lacking for address in zones[zone])
    everywhere = len(lacking) == len(zones)
    return error(name, told, remedy) if single or everywhere else warning(name, told, remedy)


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


CHECK = Check(
    name="instance-types",
    about="the instance types are offered in the zones of their subnets, and those for users hold at least one server",
    run=_run,
    actions=("ec2:DescribeInstanceTypes", "ec2:DescribeInstanceTypeOfferings"),
)
