"""A hub whose every name was made unrecognisable is matched to chef-hub all the same.

The state was made from the original's design; each resource is now called ``r`` and six digits of the SHA-1 of its
type and former name, in modules within modules, so the right pairs are known.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.adopt.inference.chef_hub import HubView, infer_hub_settings
from hubctl.adopt.inference.recognition import check_stack
from hubctl.adopt.matching.candidates import planned_resources
from hubctl.adopt.matching.matching import match_resources
from hubctl.adopt.state.existing import ExistingState
from hubctl.core.errors import BadInputError
from stacks.settings.loading import check_context

pytestmark = pytest.mark.node

MODULE = 'module.notebooks["prod"].module.hub'


@pytest.fixture(scope="module")
def hub(lab_state: Callable[[str], ExistingState]) -> ExistingState:
    return lab_state("hub")


def disguised(address: str) -> str:
    kind, name = address.split(".")
    return f"{MODULE}.{kind}.r{hashlib.sha1((kind + name).encode()).hexdigest()[:6]}"  # noqa: S324


def test_its_settings_are_read_off_the_state(hub: ExistingState) -> None:
    found = infer_hub_settings(HubView(hub, {}))
    assert check_context(found)[1] == []
    expected = {
        "profile": "original",
        "default_region": "us-east-1",
        "default_availability_zone": "us-east-1f",
        "secondary_availability_zone": "us-east-1d",
        "target_domain": "lab.example.test",
        "vpc_cidr": "192.0.0.0/16",
    }
    assert {key: found.get(key) for key in expected} == expected
    assert "deployer_ip" not in found


def test_every_resource_finds_its_counterpart(hub: ExistingState, tmp_path: Path) -> None:
    from cdktf import App

    from stacks.app import build_stack

    settings, _ = check_context(infer_hub_settings(HubView(hub, {})))
    stack = build_stack(App(stack_traces=False, outdir=str(tmp_path)), settings, "chef-hub")
    apart = [resource.resource for resource in hub.of("time_sleep")]
    likely = HubView(hub, {}).parts
    planned = planned_resources(stack.to_terraform())
    found = match_resources(planned, hub.resources, set_aside=apart, likely=likely)
    assert {match.ours: match.theirs for match in found.matches} == {
        match.ours: disguised(match.ours) for match in found.matches
    }
    assert len(found.matches) == 38
    assert found.only_here == []


def test_it_is_not_taken_for_a_lab(hub: ExistingState) -> None:
    check_stack(hub, "chef-hub")
    with pytest.raises(BadInputError, match="but that of chef-hub"):
        check_stack(hub, "aws-lab")
