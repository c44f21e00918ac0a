"""EC2 instances, on demand or spot, their disks and their detailed monitoring."""

from collections import defaultdict
from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_autoscaling_group", "aws_instance")
DETAILED_METRICS = 7  # CloudWatch's pricing page: what an instance with detailed monitoring has


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield the hours of the instances, the GiB of their disks, and their detailed monitoring."""
    disks: dict[str, Amounts] = defaultdict(lambda: Amounts.same(0))
    monitored = Amounts.same(0)
    launches = pricing.stack.launches
    for launch in launches:
        count = pricing.count(launch)
        price = pricing.instance_hour(launch)
        if price is not None:
            yield Item(
                service="EC2",
                what=f"{launch.instance_type}, {'spot' if launch.spot else 'on demand'} ({launch.address.partition('.')[2]})",
                resources=(launch.address,),
                quantity=count.times(pricing.assume.hours),
                unit="hour",
                price=price,
            )
        for disk in launch.disks:
            gib = disk.gib if disk.gib is not None else pricing.assume.image_disk_gib
            kind = "gp3" if disk.kind == "gp3" else "gp2"
            disks[kind] = disks[kind].plus(count.times(gib))
        if launch.monitored:
            monitored = monitored.plus(count)
    addresses = tuple(launch.address for launch in launches)
    for kind, stored in sorted(disks.items()):
        yield pricing.item(
            f"ebs_{kind}", service="EBS", what=f"{kind} disks", resources=addresses, quantity=stored
        )
    if monitored.largest:
        yield pricing.item(
            "custom_metric",
            service="CloudWatch",
            what=f"detailed monitoring, {DETAILED_METRICS} metrics an instance",
            resources=tuple(launch.address for launch in launches if launch.monitored),
            quantity=monitored.times(DETAILED_METRICS),
        )
