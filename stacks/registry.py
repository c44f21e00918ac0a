"""What the demo deploys: the stacks, and the Terraform variables each needs in the trial account."""

from collections.abc import Mapping
from dataclasses import dataclass

DOMAIN = "lab.example.test"  # a zone that no resolver outside the trial knows


@dataclass(frozen=True, kw_only=True)
class DemoStack:
    """A stack, its Terraform variables in the demo, and what a real deployment is given in their place."""

    name: str
    variables: Mapping[str, str]
    for_real: Mapping[str, str]


DEMO_STACKS = (
    DemoStack(
        name="aws-lab",
        variables={"domain_name": f"hub.{DOMAIN}", "hosted_zone": DOMAIN},
        for_real={"domain_name": "hub.YOUR.DOMAIN", "hosted_zone": "YOUR.DOMAIN"},
    ),
    DemoStack(
        name="chef-hub",
        variables={"target_domain": DOMAIN, "deployer_ip": "203.0.113.10/32"},
        for_real={"target_domain": "YOUR.DOMAIN", "deployer_ip": "YOUR.ADDRESS/32"},
    ),
)


def prepared_variables(domain: str) -> dict[str, str]:
    """Return the variables of both stacks for an account with the public hosted zone ``domain``."""
    return {
        name: value.replace(DOMAIN, domain)
        for stack in DEMO_STACKS
        for name, value in stack.variables.items()
    }


def chosen_stacks(names: tuple[str, ...]) -> tuple[DemoStack, ...]:
    """Return the named stacks in the order of ``DEMO_STACKS``; all when none is named."""
    return tuple(stack for stack in DEMO_STACKS if not names or stack.name in names)
