"""What is laid over the resources of chef-hub by address or type: tags, ignored attributes, and the adoption."""

from collections.abc import Iterator, Mapping

from cdktf import TerraformResource

from hub_constructs.stack import HubStack

# Resources of the original design that only waited; they are forgotten, as there is nothing to destroy.
FORGOTTEN = ("time_sleep.wait_chef_server_stable_30s", "time_sleep.wait_chef_workstation_stable_30s")


def set_tags(stack: HubStack, tags: Mapping[str, Mapping[str, str]]) -> None:
    """Give each resource in ``tags`` (address → tags) its tags; raise KeyError for an address that is not there."""
    resources = dict(_resources(stack))
    for address, own in tags.items():
        resources[address].add_override("tags", dict(own))


def ignore_changes(stack: HubStack, ignored: Mapping[str, tuple[str, ...]]) -> None:
    """Have Terraform leave alone the attributes in ``ignored`` (resource type → attributes)."""
    for _, resource in _resources(stack):
        attributes = ignored.get(resource.terraform_resource_type)
        if attributes:
            resource.add_override("lifecycle.ignore_changes", list(attributes))


def adopt(stack: HubStack, module: str) -> None:
    """Take over a state whose resources lie under ``module``, such as ``module.chef``, with the same types and names."""
    stack.add_override(
        "moved",
        [{"from": f"{module}.{address}", "to": address} for address in sorted(dict(_resources(stack)))],
    )
    stack.add_override(
        "removed", [{"from": f"{module}.{address}", "lifecycle": {"destroy": False}} for address in FORGOTTEN]
    )


def _resources(stack: HubStack) -> Iterator[tuple[str, TerraformResource]]:
    for construct in stack.node.find_all():
        if isinstance(construct, TerraformResource):
            yield f"{construct.terraform_resource_type}.{construct.friendly_unique_id}", construct
