"""What is only there and only here, and addresses that stand in the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.adopt.differences import Explainer
from hubctl.adopt.division import addresses_set_aside, divide, forgotten
from hubctl.adopt.matching.candidates import Match, Matching
from hubctl.adopt.plan_changes import planned_changes
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.state.existing import Existing, ExistingState
from hubctl.core.errors import BadInputError

Make = Callable[..., Existing]
REQUEST = AdoptionRequest(stack="aws-lab", project=Path())


def state(*resources: Existing) -> ExistingState:
    return ExistingState(
        resources=resources, lookups=(), lineage="l", serial=1, terraform_version="1.11.0", document={}
    )


def test_ours_gives_way_to_what_is_carried_on_and_has_its_address(existing: Make) -> None:
    """Terraform moves nothing away from an address that the configuration still has."""
    record = existing("aws_route53_record.lab", id="r", type="CNAME")
    matching = Matching(matches=[], only_there=[record.address], only_here=[record.address])
    division = divide(state(record), REQUEST, matching, None)
    assert division.blocked == [record.address]
    assert division.parts["leave_out"] == [record.address]
    assert division.addresses == {record.address: "aws_route53_record.adopted_lab"}
    assert division.fate_here(record.address) == "would be created, but its address is taken"
    difference = Explainer({}, [record], [], {}).blocked(record.address, "aws_route53_record.adopted_lab")
    assert difference.action == "create"
    assert "--leave-out aws_route53_record.lab" in difference.remedy


@pytest.mark.parametrize("counterpart", [True, False], ids=["matched", "created"])
def test_an_address_of_ours_that_something_else_leaves_is_refused(existing: Make, counterpart: bool) -> None:
    theirs = existing("aws_security_group.instances", id="sg-1")
    other = existing("aws_security_group.nodes", id="sg-2")
    matches = [
        Match(ours="aws_security_group.balancer", theirs=theirs.address, certainty="certain", reasons=("x",))
    ]
    if counterpart:
        matches.append(Match(ours=theirs.address, theirs=other.address, certainty="certain", reasons=("x",)))
    matching = Matching(matches=matches, only_there=[], only_here=[] if counterpart else [theirs.address])
    with pytest.raises(BadInputError, match="addresses are taken") as refused:
        divide(state(theirs, other), REQUEST, matching, None)
    assert "terraform state mv 'aws_security_group.instances'" in str(refused.value.remedy)


def test_only_what_could_be_it_is_offered_for_a_match() -> None:
    blocks = {"aws_autoscaling_policy.up": {"policy_type": "SimpleScaling", "scaling_adjustment": 1}}
    change = {"actions": ["create"], "before": None, "after": {}, "after_unknown": {}}
    entry = {
        "address": "aws_autoscaling_policy.up",
        "type": "aws_autoscaling_policy",
        "mode": "managed",
        "change": change,
    }
    (created,) = planned_changes({"resource_changes": [entry]})
    possible = {"aws_autoscaling_policy.up": ["aws_autoscaling_policy.c"]}
    remedy = Explainer(blocks, [], [], {}, possible=possible).explain(created).remedy
    assert "--match aws_autoscaling_policy.up='aws_autoscaling_policy.c'" in remedy
    remedy = Explainer(blocks, [], [], {}).explain(created).remedy
    assert "--match" not in remedy


def test_one_instance_is_let_go_of_without_the_others(existing: Make) -> None:
    both = [existing(f"aws_subnet.s[{number}]", id=f"subnet-{number}") for number in range(2)]
    alone = existing("aws_vpc.v[0]", id="vpc-1")
    given = state(*both, alone)
    request = AdoptionRequest(stack="aws-lab", project=Path(), forget=["aws_subnet.s[1]", "aws_vpc.v[0]"])
    assert forgotten(given, request) == ["aws_subnet.s[1]", "aws_vpc.v"]
    assert addresses_set_aside(given, request) == {"aws_subnet.s[1]", "aws_vpc.v[0]"}
    whole = AdoptionRequest(stack="aws-lab", project=Path(), forget=["aws_subnet.s"])
    assert forgotten(given, whole) == ["aws_subnet.s"]
    matching = Matching(
        matches=[
            Match(ours="aws_subnet.public_1", theirs="aws_subnet.s[0]", certainty="certain", reasons=("x",))
        ],
        only_there=["aws_subnet.s[1]", "aws_vpc.v[0]"],
        only_here=[],
    )
    division = divide(given, request, matching, None)
    assert division.parts["forget"] == ["aws_subnet.s[1]", "aws_vpc.v"]
    assert division.fate_there(given, "aws_subnet.s[1]") == "forgotten, not destroyed"
