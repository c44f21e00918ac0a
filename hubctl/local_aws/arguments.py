"""Check what the local AWS is started with, before anything is started."""

from collections.abc import Sequence

from hub_constructs.aws_limits.regions import known_regions, region_of
from hubctl.errors import BadInputError

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
        if region_of(zone) not in known_regions():
            mistakes.append(f"{zone!r} is not an availability zone of a region that AWS has")
    if mistakes:
        raise BadInputError(
            "; ".join(mistakes),
            remedy="Give a port like 5000, a region like us-east-1, a zone like us-east-1f, a speed like 30.",
        )
