"""Check what the local AWS is started with, before anything is started."""

import re
from collections.abc import Sequence

import botocore.loaders

from hubctl.errors import BadInputError

ZONE = re.compile(r"([a-z]{2}(?:-[a-z]+)+-\d)[a-z]")
SPEEDS = (1.0, 600.0)  # beyond, a minute would pass between two looks


def check(
    port: int, region: str, scaling_speed: float | None = None, without_zones: Sequence[str] = ()
) -> None:
    """Raise BadInputError with every mistake in a TCP port (0 for any), a region's name, a speed and zones' names."""
    mistakes = []
    if not 0 <= port <= 65535:
        mistakes.append(f"port {port} is not between 0 and 65535")
    if region not in known_regions():
        mistakes.append(f"region {region!r} is not one that AWS has")
    if scaling_speed is not None and not SPEEDS[0] <= scaling_speed <= SPEEDS[1]:
        mistakes.append(
            f"a scaling speed of {scaling_speed:g} is not between {SPEEDS[0]:g} and {SPEEDS[1]:g}"
        )
    for zone in without_zones:
        named = ZONE.fullmatch(zone)
        if not named or named[1] not in known_regions():
            mistakes.append(f"{zone!r} is not an availability zone of a region that AWS has")
    if mistakes:
        raise BadInputError(
            "; ".join(mistakes),
            remedy="Give a port like 5000, a region like us-east-1, a zone like us-east-1f, a speed like 30.",
        )


def known_regions() -> set[str]:
    """Return the names of all regions; read from botocore's data because a session would read profiles."""
    partitions = botocore.loaders.Loader().load_data("partitions")["partitions"]
    return {name for partition in partitions for name in partition["regions"]}
