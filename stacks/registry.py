"""The stacks that there are: the only list of them, from which the app, hubctl, the reference pages and the tests go.

It is read before cdktf is imported, so a stack's class is named here and imported when the stack is built.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.settings.aws_lab import AwsLabSettings
from stacks.settings.chef_hub import ChefHubSettings
from stacks.settings.model import SettingsModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from cdktf import App

    from hub_constructs.core.stack import HubStack
    from stacks.settings.loading import Settings

DEMO_DOMAIN = "lab.example.test"  # a zone that no resolver outside the trial knows


@dataclass(frozen=True, kw_only=True)
class Trial:
    """How a stack is tried on real hosts of one machine: the command of hubctl, and the page about it."""

    command: str
    page: str


@dataclass(frozen=True, kw_only=True)
class RegisteredStack:
    """A stack, and in what it differs for those who work with any of them.

    Attributes:
        name: Its name on every command line and in ``cdktf.out/stacks``.
        settings: Its own settings, beside those of both stacks.
        stack_class: The module and the class that build it.
        region_variable: The variable of its region.
        zone_variable: The variable of the hosted zone that its records are in.
        demo_variables: Its variables in the demo.
        example_variables: The same variables as a real deployment is shown them.
        trial: How it is tried on real hosts.

    """

    name: str
    settings: type[SettingsModel]
    stack_class: str
    region_variable: str
    zone_variable: str
    demo_variables: Mapping[str, str]
    example_variables: Mapping[str, str]
    trial: Trial

    @property
    def key(self) -> str:
        """The name as Python writes it."""
        return self.name.replace("-", "_")

    def load(self) -> "Callable[[App, Settings], HubStack]":
        """Return the class that builds the stack; this imports cdktf, and so starts Node."""
        module, _, name = self.stack_class.partition(":")
        found: Callable[[App, Settings], HubStack] = getattr(importlib.import_module(module), name)
        return found


STACKS: Mapping[str, RegisteredStack] = {
    stack.name: stack
    for stack in (
        RegisteredStack(
            name="aws-lab",
            settings=AwsLabSettings,
            stack_class="stacks.aws_lab.stack:AwsLabStack",
            region_variable="region",
            zone_variable="hosted_zone",
            demo_variables={"domain_name": f"hub.{DEMO_DOMAIN}", "hosted_zone": DEMO_DOMAIN},
            example_variables={"domain_name": "hub.YOUR.DOMAIN", "hosted_zone": "YOUR.DOMAIN"},
            trial=Trial(command="local-lab up", page="docs/how-to/try-the-lab.md"),
        ),
        RegisteredStack(
            name="chef-hub",
            settings=ChefHubSettings,
            stack_class="stacks.chef_hub.stack:ChefHubStack",
            region_variable="default_region",
            zone_variable="target_domain",
            demo_variables={"target_domain": DEMO_DOMAIN, "deployer_ip": "203.0.113.10/32"},
            example_variables={"target_domain": "YOUR.DOMAIN", "deployer_ip": "YOUR.ADDRESS/32"},
            trial=Trial(command="local-swarm up", page="docs/how-to/try-the-hub.md"),
        ),
    )
}
STACK_NAMES: tuple[str, ...] = tuple(STACKS)


def demo_variables(domain: str) -> dict[str, str]:
    """Return the variables of all stacks for an account with the public hosted zone ``domain``."""
    return {
        name: value.replace(DEMO_DOMAIN, domain)
        for stack in STACKS.values()
        for name, value in stack.demo_variables.items()
    }


def chosen_stacks(names: tuple[str, ...]) -> tuple[RegisteredStack, ...]:
    """Return the named stacks in the order of the registry; all when ``names`` is empty."""
    return tuple(stack for name, stack in STACKS.items() if not names or name in names)
