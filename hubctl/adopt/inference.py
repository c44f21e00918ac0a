"""What a state tells of the settings that its deployment would have had here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hubctl.adopt.existing import ExistingState
from hubctl.adopt.hub_settings import infer_hub_settings, zone_id
from hubctl.adopt.hub_view import HubView
from hubctl.adopt.identifiers import import_ids, instances_group
from hubctl.adopt.lab_settings import infer_lab_settings
from hubctl.adopt.lab_view import LabView
from hubctl.adopt.matches import Tie
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.zone_lookup import looked_up_zone


@dataclass(frozen=True, kw_only=True)
class Inferred:
    """Settings; ids of what else the state names, such as the image; the security group of a lab's instances; ties.

    ``likely`` maps our addresses to the existing ones that the settings were read off.
    """

    settings: dict[str, Any]
    ids: Mapping[str, str] = field(default_factory=dict)
    group_id: str | None = None
    ties: Sequence[Tie] = ()
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
        ties=tuple(view.ties),
        likely=view.parts,
    )


def _infer_hub(view: HubView, given: Iterable[str]) -> Inferred:
    settings = infer_hub_settings(view)
    if "target_domain" not in {*settings, *given}:
        ids = {found} if (found := zone_id(view)) else set()
        zone = looked_up_zone(ids, str(settings.get("default_region", "us-east-1")))
        settings |= {"target_domain": zone} if zone else {}
    return Inferred(settings=settings, ties=tuple(view.ties), likely=view.parts)
