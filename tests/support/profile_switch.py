"""What a switch of chef-hub's profile is expected to do, from the list of differences."""

from typing import get_args

from stacks.chef_hub.differences import DIFFERENCES, OnSwitch

STRENGTH: tuple[OnSwitch, ...] = get_args(OnSwitch)  # the strongest first


def expected_actions(*, range_changes: bool) -> dict[str, OnSwitch]:
    """Return what a plan of the switch does to each address; of several, the strongest."""
    found: dict[str, OnSwitch] = {}
    for difference in DIFFERENCES:
        if difference.range_only and not range_changes:
            continue
        for address in difference.addresses:
            words = {difference.on_switch, found.get(address, difference.on_switch)}
            found[address] = min(words, key=STRENGTH.index)
    return found
