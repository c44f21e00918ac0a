"""Ids that the state mentions of things it does not hold, so that the operator can be told how to import them."""

from hubctl.adopt.lab_view import LabView


def import_ids(view: LabView) -> dict[str, str]:
    """Return ids for ``--import`` by our address, and under ``image`` the id of the instances' image."""
    found: dict[str, str] = {}
    if view.balancer is not None:
        if view.balancer.text("vpc_id"):
            found["aws_vpc.lab"] = view.balancer.text("vpc_id")
        subnets = view.balancer.values.get("subnets") or []
        found |= {
            f"aws_subnet.public_{number}": str(subnet) for number, subnet in enumerate(sorted(subnets), 1)
        }
    if view.launch is not None and view.launch.text("image_id"):
        found["image"] = view.launch.text("image_id")
    return found


def instances_group(view: LabView) -> str | None:
    """Return the id of the security group that the instances have."""
    launch = view.launch
    if launch is None:
        return None
    interfaces = launch.first("network_interfaces")
    for source in (launch.values, interfaces):
        for name in ("vpc_security_group_ids", "security_groups"):
            found = source.get(name)
            if isinstance(found, list) and len(found) == 1:
                return str(found[0])
    return None
