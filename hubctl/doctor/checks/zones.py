"""The availability zones that the stack names are there, and there are enough for it to choose from."""

from collections.abc import Iterator

from hub_constructs.aws_limits.regions import explained_zone
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, some

VARIABLES = {
    "aws-lab": "availability_zones",
    "chef-hub": "default_availability_zone and secondary_availability_zone",
}


def _run(examination: Examination) -> Iterator[Finding]:
    stack, there = examination.stack, examination.zones
    usable = [name for name, state in there.items() if state == "available"]
    named = {zone for zone in stack.subnet_zones.values() if zone is not None}
    remedy = f"Set {VARIABLES[stack.name]} to zones that are there: {some(usable)}."
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


CHECK = Check(
    name="zones",
    about="the availability zones of the subnets are in the region and available",
    run=_run,
    actions=("ec2:DescribeAvailabilityZones",),
)
