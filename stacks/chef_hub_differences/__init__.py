"""What a switch of chef-hub from profile ``original`` to ``recommended`` changes, and what that does to a deployment.

``chef_hub_profiles_page`` makes the documentation of this list; a test holds it against a real plan from an adopted
state.
"""

from stacks.chef_hub_differences.difference import STRENGTH, Difference, OnSwitch
from stacks.chef_hub_differences.network import NETWORK
from stacks.chef_hub_differences.nodes import NODES
from stacks.chef_hub_differences.services import SERVICES
from stacks.chef_hub_differences.workers import WORKERS

DIFFERENCES: tuple[Difference, ...] = (*NETWORK, *NODES, *WORKERS, *SERVICES)


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
