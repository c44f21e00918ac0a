"""What a state tells of the settings that its deployment would have had here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.inference.aws_lab import infer_lab_settings
from hubctl.adopt.inference.aws_lab_parts import LabView
from hubctl.adopt.inference.chef_hub import HubView, infer_hub_settings, zone_id
from hubctl.adopt.matching.candidates import EqualCandidates
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.state.existing import ExistingState


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """Settings; ids of what else the state names, such as the image; the security group of a lab's instances; equal candidates.

    ``likely`` maps our addresses to the existing ones that the settings were read off.
    """

    settings: dict[str, Any]
    ids: Mapping[str, str] = field(default_factory=dict)
    group_id: str | None = None
    equal_candidates: Sequence[EqualCandidates] = ()
    likely: Mapping[str, str] = field(default_factory=dict)


def infer(state: ExistingState, request: AdoptionRequest, given: Iterable[str]) -> Inferred:
    """Infer from the state; a hosted zone that is neither in it nor among the ``given`` settings is looked up."""
    if request.stack == "chef-hub":
        return _infer_hub(HubView(state, request.match), given)
    view = LabView(state, request.match)
    settings = infer_lab_settings(view)
    if "hosted_zone" not in {*settings, *given}:
        zone = looked_up_zone(view.zone_ids, str(settings.get("region", "us-east-1")))
        settings |= {"hosted_zone": zone} if zone else {}
    return Inferred(
        settings=settings,
        ids=import_ids(view),
        group_id=instances_group(view),
        equal_candidates=tuple(view.equal_candidates),
        likely=view.parts,
    )


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


def looked_up_zone(zone_ids: Collection[str], region: str) -> str | None:
    """Return the name of the only public zone among ``zone_ids``; None when AWS cannot be asked or does not know it.

    It needs ``route53:GetHostedZone``. Whoever may not do that is asked for the name instead, as for any variable.
    """
    ids = set(zone_ids)
    if len(ids) != 1:
        return None
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    patience = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
    try:
        route53: Any = boto3.Session().client("route53", region_name=region, config=patience)
        zone = route53.get_hosted_zone(Id=ids.pop())["HostedZone"]
    except (BotoCoreError, ClientError, ValueError):  # ValueError: an endpoint that is not a URL
        return None
    if zone.get("Config", {}).get("PrivateZone"):
        return None
    return str(zone["Name"]).rstrip(".") or None


def _infer_hub(view: HubView, given: Iterable[str]) -> Inferred:
    settings = infer_hub_settings(view)
    if "target_domain" not in {*settings, *given}:
        ids = {found} if (found := zone_id(view)) else set()
        zone = looked_up_zone(ids, str(settings.get("default_region", "us-east-1")))
        settings |= {"target_domain": zone} if zone else {}
    return Inferred(settings=settings, equal_candidates=tuple(view.equal_candidates), likely=view.parts)
