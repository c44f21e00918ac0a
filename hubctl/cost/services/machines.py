"""What machines cost: EC2 instances with their disks and detailed monitoring, public addresses, and data transfer.

Instances are on demand or spot; of those that are stopped in a warm pool only the disks cost. AWS charges for public
IPv4 addresses since February 2024: those of instances, of balancers, and elastic ones. Data transfer is that to the
Internet and between availability zones.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator

from hubctl.core.configuration.launches import Launch
from hubctl.cost.items import Amounts, Item, PriceRule, Pricing

DETAILED_METRICS = 7  # CloudWatch's pricing page: what an instance with detailed monitoring has


def _instance_items(pricing: Pricing) -> Iterator[Item]:
    """Yield the hours of the instances, the GiB of their disks, and their detailed monitoring."""
    disks: dict[str, Amounts] = defaultdict(lambda: Amounts.same(0))
    monitored = Amounts.same(0)
    launches = pricing.stack.launches
    for launch in launches:
        count = pricing.count(launch)
        yield from _hours(pricing, launch, count)
        for disk in launch.disks:
            gib = disk.gib if disk.gib is not None else pricing.assume.image_disk_gib
            kind = "gp3" if disk.kind == "gp3" else "gp2"
            disks[kind] = disks[kind].plus(count.plus(count.of(launch.pooled)).times(gib))
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


def _hours(pricing: Pricing, launch: Launch, count: Amounts) -> Iterator[Item]:
    """Yield the hours of a launch's instances, those on demand and those of spot."""
    on_demand = count.of(launch.on_demand)
    parts = ((False, on_demand), (True, count.plus(on_demand.times(-1))))
    others = pricing.others(launch)
    for spot, part in parts:
        if not part.largest:
            continue
        price = pricing.instance_hour(launch, spot=spot)
        if price is None:
            return
        how = "spot" if spot else "on demand"
        instead = f", or {others}" if others else ""
        yield Item(
            service="EC2",
            what=f"{launch.instance_type}, {how} ({launch.address.partition('.')[2]}){instead}",
            resources=(launch.address,),
            quantity=part.times(pricing.assume.hours),
            unit="hour",
            price=price,
        )


def _address_items(pricing: Pricing) -> Iterator[Item]:
    """Yield the hours of all public addresses."""
    count, causes = Amounts.same(0), []
    for launch in pricing.stack.launches:
        if launch.public_address:
            count = count.plus(pricing.count(launch))
            causes.append(launch.address)
    for name, balancer in pricing.stack.resources("aws_lb").items():
        if not balancer.get("internal"):
            count = count.plus(Amounts.same(_subnet_count(pricing, name)))
            causes.append(f"aws_lb.{name}")
    elastic = pricing.addresses("aws_eip")
    count = count.plus(Amounts.same(len(elastic)))
    causes += elastic
    if causes:
        yield pricing.item(
            "public_ipv4_hour",
            service="VPC",
            what="public IPv4 addresses",
            resources=tuple(causes),
            quantity=count.times(pricing.assume.hours),
        )


def _subnet_count(pricing: Pricing, name: str) -> int:
    """Return in how many subnets a balancer is; it has an address in each."""
    raw = json.dumps(pricing.stack.raw("aws_lb", name).get("subnets"))
    return len(set(re.findall(r"aws_subnet\.([\w-]+)\.", raw))) or 2


def _transfer_items(pricing: Pricing) -> Iterator[Item]:
    """Yield what users cause."""
    assumed = pricing.assume
    causes = tuple(launch.address for launch in pricing.stack.launches)
    paid = max(assumed.users * assumed.transfer_gib - assumed.free_transfer_gib, 0.0)
    yield pricing.item(
        "transfer_out",
        service="Data transfer",
        what=f"to the Internet, beyond {assumed.free_transfer_gib:g} GiB",
        resources=causes,
        quantity=Amounts.when_used(paid),
    )
    yield pricing.item(
        "transfer_between_zones",
        service="Data transfer",
        what="between zones",
        resources=causes,
        quantity=Amounts.when_used(assumed.users * assumed.zone_transfer_gib),
    )


INSTANCES = PriceRule(types=frozenset({"aws_autoscaling_group", "aws_instance"}), items=_instance_items)
PUBLIC_ADDRESSES = PriceRule(types=frozenset({"aws_eip"}), items=_address_items)
TRANSFER = PriceRule(types=frozenset(), items=_transfer_items)
