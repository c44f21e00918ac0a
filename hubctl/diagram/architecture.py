"""From a stack's Terraform JSON to the model of its picture."""

from collections.abc import Iterator, Mapping
from typing import Any

from hubctl.diagram.machines import places
from hubctl.diagram.model import Architecture, Configuration, PictureCluster, PictureNode
from hubctl.diagram.surroundings import files, names_and_certificates, scaling, services
from hubctl.diagram.traffic import Traffic

REGION, SERVICES = "region", "services"


def architecture(
    content: Mapping[str, Any], stack: str, variables: Mapping[str, Any] | None = None
) -> Architecture:
    """Return what the picture of a stack shows, with values over its variables' defaults."""
    configuration = Configuration(content, variables or {})
    vpc = next((found.address for found in configuration.all("aws_vpc")), REGION)
    standing = list(places(configuration, vpc))
    traffic = Traffic(configuration, standing)
    parts = [
        names_and_certificates(configuration, REGION),
        scaling(configuration, standing, REGION, vpc),
        files(configuration, REGION),
    ]
    nodes = [*traffic.people.values()]
    nodes += [place.node for place in standing]
    nodes += [node for part, _ in parts for node in part]
    nodes += services(configuration, standing, SERVICES)
    known = {node.name for node in nodes}
    arrows = [*traffic.arrows, *(arrow for _, part in parts for arrow in part)]
    return Architecture(
        title=f"Stack {stack}",
        nodes=tuple(nodes),
        clusters=tuple(_used(list(_clusters(configuration)), nodes)),
        arrows=tuple(arrow for arrow in arrows if {arrow.source, arrow.target} <= known),
        notes=tuple(dict.fromkeys(traffic.notes)),
    )


def _clusters(configuration: Configuration) -> Iterator[PictureCluster]:
    region = configuration.region
    yield PictureCluster(name=REGION, kind="region", lines=(f"AWS region {region}".strip(),), parent=None)
    for vpc in configuration.all("aws_vpc"):
        title = f"VPC {configuration.network(vpc.raw.get('cidr_block'))}".strip()
        yield PictureCluster(name=vpc.address, kind="vpc", lines=(title,), parent=REGION)
    for number, subnet in enumerate(configuration.all("aws_subnet"), 1):
        zone = str(subnet.values.get("availability_zone", ""))
        network = configuration.network(subnet.raw.get("cidr_block"))
        lines = (f"Zone {number if '(' in zone or not zone else zone}", f"subnet {network}".strip())
        parent = next(iter(subnet.refers("vpc_id")), REGION)
        yield PictureCluster(name=subnet.address, kind="subnet", lines=lines, parent=parent)
    yield PictureCluster(
        name=SERVICES,
        kind="services",
        lines=("Services of the region",),
        parent=REGION,
    )


def _used(clusters: list[PictureCluster], nodes: list[PictureNode]) -> list[PictureCluster]:
    """Return the clusters with something in them, or in a cluster of theirs."""
    parents = {cluster.name: cluster.parent for cluster in clusters}
    needed: set[str] = set()
    for node in nodes:
        name = node.cluster
        while name is not None and name not in needed:
            needed.add(name)
            name = parents.get(name)
    return [cluster for cluster in clusters if cluster.name in needed]
