"""Availability zones that the local AWS lacks, as a real account may lack one."""

from collections.abc import Iterable

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend


def take_away(names: Iterable[str]) -> None:
    """Make zones unknown, in this process, to every request."""
    missing = set(names)
    for region, zones in RegionsAndZonesBackend.zones.items():
        RegionsAndZonesBackend.zones[region] = [zone for zone in zones if zone.name not in missing]
