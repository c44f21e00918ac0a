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
