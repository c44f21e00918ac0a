"""What is laid over the resources of chef-hub by address or type: tags, ignored attributes, and the adoption."""

from collections.abc import Mapping

from hub_constructs.stack import HubStack
from stacks.terraform_addresses import without_keys

# Resources of the original design that only waited; they are forgotten, as there is nothing to destroy.
FORGOTTEN = ("time_sleep.wait_chef_server_stable_30s", "time_sleep.wait_chef_workstation_stable_30s")

# Left alone as long as the adoption is set, beside what the profile always leaves alone: rules of an existing
# deployment may carry descriptions, and Cloud Map instances attributes, that were never written down. Once the
# setting is taken away, a plan shows such a difference, as an update in place, and `deployer_ip` counts again.
WHILE_ADOPTING: Mapping[str, tuple[str, ...]] = {
    "aws_security_group": ("egress", "ingress"),
    "aws_service_discovery_instance": ("attributes",),
}


def set_tags(stack: HubStack, tags: Mapping[str, Mapping[str, str]]) -> None:
    """Give each resource in ``tags`` (address → tags) its tags; raise KeyError for an address that is not there."""
    resources = stack.address_book.resources
    for address, own in tags.items():
        resources[address].add_override("tags", dict(own))


def ignore_changes(stack: HubStack, *ignored: Mapping[str, tuple[str, ...]]) -> None:
    """Have Terraform leave alone the attributes in each of ``ignored`` (resource type → attributes)."""
    for address, resource in stack.address_book.resources.items():
        kind = address.partition(".")[0]
        attributes = sorted({attribute for group in ignored for attribute in group.get(kind, ())})
        if attributes:
            resource.add_override("lifecycle.ignore_changes", attributes)


def adopt(stack: HubStack, module: str) -> None:
    """Take over a state whose resources lie under ``module``, such as ``module.chef``, with the same types and names.

    A ``moved`` block may name an instance of a module (``module.infra["eu"]``), a ``removed`` block may not: it
    speaks of all instances.
    """
    stack.add_override(
        "moved",
        [{"from": f"{module}.{address}", "to": address} for address in sorted(stack.address_book.resources)],
    )
    stack.add_override(
        "removed",
        [
            {"from": f"{without_keys(module)}.{address}", "lifecycle": {"destroy": False}}
            for address in FORGOTTEN
        ],
    )
