"""One difference between the profiles of chef-hub."""

from dataclasses import dataclass
from typing import Literal, get_args

OnSwitch = Literal["replaces", "removes", "updates", "adds"]
STRENGTH: tuple[OnSwitch, ...] = get_args(OnSwitch)  # the strongest first


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting in both profiles, what the change improves, and what it does to ``addresses`` on the switch.

    ``range_only`` marks what happens only when the VPC's range changes too.
    """

    setting: str
    original: str
    recommended: str
    improves: str
    on_switch: OnSwitch
    addresses: tuple[str, ...]
    range_only: bool = False


def of(kind: str, *names: str) -> tuple[str, ...]:
    """Return the addresses of resources of one type."""
    return tuple(f"{kind}.{name}" for name in names)
