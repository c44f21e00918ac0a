"""Pairs are found by references and by what identifies a resource, whatever the names; equally good candidates are named."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hubctl.adopt.matching.candidates import Matching, planned_resources
from hubctl.adopt.matching.matching import match_resources
from hubctl.adopt.state.existing import Existing
from hubctl.core.errors import BadInputError
from stacks.adoption.addresses import parse_address

Make = Callable[..., Existing]

NETWORK: Mapping[str, Any] = {
    "aws_vpc": {"lab": {"cidr_block": "${var.cidr}"}},
    "aws_subnet": {
        "public_1": {"vpc_id": "${aws_vpc.lab.id}", "cidr_block": "${cidrsubnet(var.cidr, 4, 0)}"},
        "public_2": {"vpc_id": "${aws_vpc.lab.id}", "cidr_block": "${cidrsubnet(var.cidr, 4, 1)}"},
    },
    "aws_route_table": {"public": {"vpc_id": "${aws_vpc.lab.id}"}},
    "aws_route_table_association": {
        "public_1": {
            "subnet_id": "${aws_subnet.public_1.id}",
            "route_table_id": "${aws_route_table.public.id}",
        },
        "public_2": {
            "subnet_id": "${aws_subnet.public_2.id}",
            "route_table_id": "${aws_route_table.public.id}",
        },
    },
}


def match(resources: Mapping[str, Any], existing: list[Existing], **options: Any) -> Matching:
    configuration = {"resource": resources, "variable": {"cidr": {"default": "10.0.0.0/16"}}}
    return match_resources(planned_resources(configuration), existing, **options)


def pairs(matching: Matching) -> dict[str, str]:
    return {found.ours: found.theirs for found in matching.matches}


def network(existing: Make) -> list[Existing]:
    subnets = [existing(f"aws_subnet.s[{n}]", id=f"subnet-{n:08x}", vpc_id="vpc-0000000a") for n in range(2)]
    # In an order that names do not suggest: the second table entry belongs to the first subnet.
    links = [("b", subnets[0]), ("a", subnets[1])]
    return [
        existing("aws_vpc.net", id="vpc-0000000a", cidr_block="10.0.0.0/16"),
        *subnets,
        existing("aws_route_table.r", id="rtb-0000000a", vpc_id="vpc-0000000a"),
        *(
            existing(
                f"aws_route_table_association.{name}",
                id=f"rtbassoc-0000000{name}",
                subnet_id=subnet.text("id"),
                route_table_id="rtb-0000000a",
            )
            for name, subnet in links
        ),
    ]


def test_what_hangs_on_a_pair_follows_by_reference(existing: Make) -> None:
    found = match(NETWORK, network(existing))
    assert pairs(found) == {
        "aws_vpc.lab": "aws_vpc.net",
        "aws_subnet.public_1": "aws_subnet.s[0]",
        "aws_subnet.public_2": "aws_subnet.s[1]",
        "aws_route_table.public": "aws_route_table.r",
        "aws_route_table_association.public_1": "aws_route_table_association.b",
        "aws_route_table_association.public_2": "aws_route_table_association.a",
    }
    assert (found.only_there, found.only_here) == ([], [])


def test_what_is_left_on_either_side_is_named(existing: Make) -> None:
    more = existing("aws_nat_gateway.n", id="nat-0000000a")
    found = match({**NETWORK, "aws_internet_gateway": {"lab": {}}}, [*network(existing), more])
    assert found.only_there == ["aws_nat_gateway.n"]
    assert found.only_here == ["aws_internet_gateway.lab"]


def test_of_two_equal_candidates_the_first_is_proposed_and_both_are_named(existing: Make) -> None:
    groups = [existing(f"aws_lb_target_group.{name}", id=name, port=8000) for name in ("blue", "green")]
    ours = {"aws_lb_target_group": {"hub": {"port": 8000}}}
    found = match(ours, groups)
    assert [(m.theirs, m.certainty) for m in found.matches] == [("aws_lb_target_group.blue", "guessed")]
    assert [(equal.ours, equal.candidates) for equal in found.equal_candidates] == [
        ("aws_lb_target_group.hub", ("aws_lb_target_group.blue", "aws_lb_target_group.green"))
    ]
    told = match(ours, groups, chosen={"aws_lb_target_group.hub": "aws_lb_target_group.green"})
    assert [(m.theirs, m.certainty) for m in told.matches] == [("aws_lb_target_group.green", "told")]
    assert told.only_there == ["aws_lb_target_group.blue"]


def test_any_of_several_policies_will_do(existing: Make) -> None:
    ours = {
        "aws_launch_template": {
            "lab": {"iam_instance_profile": {"arn": "${aws_iam_instance_profile.lab.arn}"}}
        },
        "aws_iam_instance_profile": {"lab": {"role": "${aws_iam_role.lab.name}"}},
        "aws_iam_role": {"lab": {"name": "lab"}},
        "aws_iam_role_policy": {"lab": {"role": "${aws_iam_role.lab.id}"}},
    }
    theirs = [
        existing("aws_launch_template.t", id="lt-0000000a", iam_instance_profile=[{"name": "p"}]),
        existing("aws_iam_instance_profile.p", name="p", role="r"),
        existing("aws_iam_role.r", name="r"),
        existing("aws_iam_role_policy.metrics", role="r"),
        existing("aws_iam_role_policy.logs", role="r"),
    ]
    found = match(ours, theirs)
    assert pairs(found)["aws_iam_role_policy.lab"] == "aws_iam_role_policy.logs"
    assert {m.ours: m.certainty for m in found.matches}["aws_iam_role_policy.lab"] == "guessed"
    assert found.only_there == ["aws_iam_role_policy.metrics"]


def test_a_reference_decides_between_two(existing: Make) -> None:
    ours = {
        "aws_lb_target_group": {"hub": {"port": 8000}},
        "aws_autoscaling_group": {"lab": {"target_group_arns": ["${aws_lb_target_group.hub.arn}"]}},
    }
    theirs = [
        *(existing(f"aws_lb_target_group.{name}", arn=f"arn:aws:tg/{name}", port=8000) for name in "ab"),
        existing("aws_autoscaling_group.g", target_group_arns=["arn:aws:tg/b"]),
    ]
    assert pairs(match(ours, theirs))["aws_lb_target_group.hub"] == "aws_lb_target_group.b"


@pytest.mark.parametrize("steps", [False, True])
def test_policies_and_alarms_are_told_apart_by_their_direction(existing: Make, steps: bool) -> None:
    def policy(adjustment: int) -> dict[str, Any]:
        if steps:
            return {"step_adjustment": [{"scaling_adjustment": adjustment}]}
        return {"scaling_adjustment": adjustment}

    group = {"autoscaling_group_name": "${aws_autoscaling_group.lab.name}"}
    ours = {
        "aws_autoscaling_group": {"lab": {}},
        "aws_autoscaling_policy": {
            "scale_up": {**policy(1), **group},
            "scale_down": {**policy(-1), **group},
        },
        "aws_cloudwatch_metric_alarm": {
            "high": {
                "comparison_operator": "GreaterThanOrEqualToThreshold",
                "alarm_actions": ["${aws_autoscaling_policy.scale_up.arn}"],
            },
            "low": {
                "comparison_operator": "LessThanThreshold",
                "alarm_actions": ["${aws_autoscaling_policy.scale_down.arn}"],
            },
        },
    }
    named = {"autoscaling_group_name": "g"}
    theirs = [
        existing("aws_autoscaling_group.g", name="g"),
        # Misleading names on purpose.
        existing("aws_autoscaling_policy.up", arn="arn:aws:up", **named, **policy(-2)),
        existing("aws_autoscaling_policy.down", arn="arn:aws:down", **named, **policy(3)),
        existing(
            "aws_cloudwatch_metric_alarm.low",
            comparison_operator="GreaterThanThreshold",
            alarm_actions=["arn:aws:down"],
        ),
        existing(
            "aws_cloudwatch_metric_alarm.high",
            comparison_operator="LessThanOrEqualToThreshold",
            alarm_actions=["arn:aws:up"],
        ),
    ]
    assert pairs(match(ours, theirs)) == {
        "aws_autoscaling_group.lab": "aws_autoscaling_group.g",
        "aws_autoscaling_policy.scale_up": "aws_autoscaling_policy.down",
        "aws_autoscaling_policy.scale_down": "aws_autoscaling_policy.up",
        "aws_cloudwatch_metric_alarm.high": "aws_cloudwatch_metric_alarm.low",
        "aws_cloudwatch_metric_alarm.low": "aws_cloudwatch_metric_alarm.high",
    }


def test_a_lone_resource_of_something_else_is_not_taken(existing: Make) -> None:
    """The only inline policy there belongs to another role than the one that was matched."""
    ours = {
        "aws_iam_role": {"lab": {"name": "lab"}},
        "aws_iam_role_policy": {"lab": {"role": "${aws_iam_role.lab.id}"}},
    }
    theirs = [
        existing("aws_iam_role.lab", name="lab"),
        existing("aws_iam_role.other", name="other"),
        existing("aws_iam_role_policy.p", role="other"),
    ]
    found = match(ours, theirs)
    assert pairs(found) == {"aws_iam_role.lab": "aws_iam_role.lab"}
    assert found.only_here == ["aws_iam_role_policy.lab"]


def test_other_names_of_one_type_match(existing: Make) -> None:
    found = match({"aws_lb": {"lab": {}}}, [existing("aws_alb.old", arn="arn:aws:lb/1")])
    assert pairs(found) == {"aws_lb.lab": "aws_alb.old"}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"aws_vpc.nope": "aws_vpc.net"}, "the stack has no aws_vpc.nope"),
        ({"aws_vpc.lab": "aws_vpc.nope"}, "the state has no aws_vpc.nope"),
        ({"aws_vpc.lab": "aws_route_table.r"}, "the types differ, aws_vpc and aws_route_table"),
        ({"aws_subnet.public_1": "aws_subnet.s[0]", "aws_subnet.public_2": "aws_subnet.s[0]"}, "twice"),
    ],
)
def test_a_wrong_decision_is_named(existing: Make, told: dict[str, str], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        match(NETWORK, network(existing), chosen=told)


DEFAULT_GROUP = {
    "aws_vpc": {"lab": {"cidr_block": "10.0.0.0/16"}},
    "aws_default_security_group": {"unused": {"vpc_id": "${aws_vpc.lab.id}"}},
    "aws_security_group": {"lab": {"vpc_id": "${aws_vpc.lab.id}"}},
}


def default_group(existing: Make) -> list[Existing]:
    return [
        existing("aws_vpc.net", id="vpc-1", cidr_block="10.0.0.0/16"),
        existing("aws_default_security_group.default", id="sg-1", vpc_id="vpc-1", name="default"),
        existing("aws_security_group.lab", id="sg-2", vpc_id="vpc-1", name="lab"),
    ]


def test_case_23_equal_types_do_not_differ(existing: Make) -> None:
    told = {"aws_default_security_group.unused": "aws_default_security_group.default"}
    found = pairs(match(DEFAULT_GROUP, default_group(existing), chosen=told))
    assert found["aws_default_security_group.unused"] == "aws_default_security_group.default"
    assert found.get("aws_security_group.lab") in (None, "aws_security_group.lab")


def test_case_23_a_default_group_stands_for_ours_of_the_same_type_only(existing: Make) -> None:
    found = match(DEFAULT_GROUP, default_group(existing))
    assert pairs(found).get("aws_security_group.lab") != "aws_default_security_group.default"
    assert "aws_default_security_group.default" not in found.possible.get("aws_security_group.lab", ())


@pytest.mark.parametrize(
    ("typed", "there"),
    [
        ("aws_vpc.net", 'aws_vpc.net["a"]'),
        (" aws_vpc.net ", "aws_vpc.net"),
        ("aws_vpc.net[a]", 'aws_vpc.net["a"]'),
        ("aws_vpc.net['a']", 'aws_vpc.net["a"]'),
        ('aws_vpc.net["a"]', 'aws_vpc.net["a"]'),
        ("module.lab.aws_vpc.net", 'module.lab["x"].aws_vpc.net'),
        ("module.lab[x].aws_vpc.net", 'module.lab["x"].aws_vpc.net'),
        ("module.lab.aws_vpc.net[0]", "module.lab[1].aws_vpc.net[0]"),
    ],
)
def test_case_23_a_match_is_found_however_its_keys_are_typed(typed: str, there: str) -> None:
    address = parse_address(there)
    theirs = Existing(
        address=there,
        resource=address.resource,
        type=address.type,
        name=address.name,
        key=address.key or None,
        provider="hashicorp/aws",
        values={"id": "vpc-1", "cidr_block": "192.168.0.0/16"},
    )
    found = match(
        {"aws_vpc": {"lab": {"cidr_block": "10.0.0.0/16"}}}, [theirs], chosen={"aws_vpc.lab": typed}
    )
    assert pairs(found) == {"aws_vpc.lab": there}


def test_the_record_of_the_certificates_own_domain_validates_it(existing: Make) -> None:
    ours = {
        "aws_acm_certificate": {"lab": {"domain_name": "a.test"}},
        "aws_route53_record": {"validation": {"name": "${one(aws_acm_certificate.lab.options).name}"}},
    }
    options = [
        {"domain_name": name, "resource_record_name": f"_x.{name}."} for name in ("www.a.test", "a.test")
    ]
    theirs = [
        existing(
            "aws_acm_certificate.c",
            arn="arn:aws:acm:1",
            domain_name="a.test",
            domain_validation_options=options,
        ),
        existing("aws_route53_record.v[0]", fqdn="_x.www.a.test", type="CNAME"),
        existing("aws_route53_record.v[1]", fqdn="_x.a.test", type="CNAME"),
    ]
    assert pairs(match(ours, theirs))["aws_route53_record.validation"] == "aws_route53_record.v[1]"


def test_the_subnets_of_the_balancer_are_the_public_ones(existing: Make) -> None:
    """Even where the instances are in others, whose names come first."""
    subnets = [
        existing(f"aws_subnet.{name}", id=f"subnet-0000000{name}", vpc_id="vpc-0000000a") for name in "abcd"
    ]
    balancer = existing("aws_lb.l", id="arn:lb", subnets=["subnet-0000000c", "subnet-0000000d"])
    group = existing(
        "aws_autoscaling_group.g", id="g", vpc_zone_identifier=["subnet-0000000a", "subnet-0000000b"]
    )
    both = ["${aws_subnet.public_1.id}", "${aws_subnet.public_2.id}"]
    ours = {
        "aws_subnet": NETWORK["aws_subnet"],
        "aws_vpc": NETWORK["aws_vpc"],
        "aws_lb": {"lab": {"subnets": both}},
        "aws_autoscaling_group": {"lab": {"vpc_zone_identifier": both}},
    }
    found = pairs(match(ours, [network(existing)[0], *subnets, balancer, group]))
    assert found["aws_subnet.public_1"] == "aws_subnet.c"
    assert found["aws_subnet.public_2"] == "aws_subnet.d"


def test_a_policy_that_follows_a_target_is_neither_up_nor_down(existing: Make) -> None:
    theirs = existing("aws_autoscaling_policy.sessions", id="sessions", policy_type="TargetTrackingScaling")
    steps = {
        name: {"policy_type": "StepScaling", "step_adjustment": [{"scaling_adjustment": number}]}
        for name, number in (("scale_up", 1), ("scale_down", -1))
    }
    found = match({"aws_autoscaling_policy": steps}, [theirs])
    assert found.only_there == ["aws_autoscaling_policy.sessions"]
    assert found.only_here == ["aws_autoscaling_policy.scale_down", "aws_autoscaling_policy.scale_up"]


def test_the_only_one_left_is_guessed_where_a_deployment_has_one_and_not_taken_elsewhere(
    existing: Make,
) -> None:
    """Nothing refers to anything here: being the only one is all that speaks for each pair."""
    ours = {
        "aws_vpc": {"lab": {}},
        "aws_security_group": {"instances": {}},
        "aws_cloudwatch_log_group": {"lab": {}},
    }
    theirs = [
        existing("aws_vpc.v", id="vpc-0000000a"),
        existing("aws_security_group.instances", id="sg-0000000a"),
        existing("aws_cloudwatch_log_group.l", id="l", name="/films"),
    ]
    found = match(ours, theirs)
    assert [(m.ours, m.certainty) for m in found.matches] == [("aws_vpc.lab", "guessed")]
    assert found.only_there == ["aws_cloudwatch_log_group.l", "aws_security_group.instances"]


def test_names_do_not_stand_in_the_way_of_what_the_settings_were_read_off(existing: Make) -> None:
    """All names and ranges speak for the other network, but the balancer lies in this one."""
    ours = {
        "aws_vpc": {"lab": {"cidr_block": "10.0.0.0/16"}},
        "aws_internet_gateway": {"lab": {"vpc_id": "${aws_vpc.lab.id}"}},
        "aws_lb": {"lab": {"subnets": []}},
    }
    theirs = [
        existing("aws_vpc.lab", id="vpc-0000000a", cidr_block="10.0.0.0/16"),
        existing("aws_vpc.films", id="vpc-0000000b", cidr_block="10.9.0.0/16"),
        existing("aws_internet_gateway.lab", id="igw-0000000a", vpc_id="vpc-0000000a"),
        existing("aws_internet_gateway.films", id="igw-0000000b", vpc_id="vpc-0000000b"),
        existing("aws_lb.films", id="arn:lb", arn="arn:lb", vpc_id="vpc-0000000b"),
    ]
    assert pairs(match(ours, theirs, likely={"aws_lb.lab": "aws_lb.films"})) == {
        "aws_vpc.lab": "aws_vpc.films",
        "aws_internet_gateway.lab": "aws_internet_gateway.films",
        "aws_lb.lab": "aws_lb.films",
    }


def test_what_was_told_outweighs_everything(existing: Make) -> None:
    ours = {
        "aws_vpc": {"lab": {}},
        "aws_internet_gateway": {"lab": {"vpc_id": "${aws_vpc.lab.id}"}},
    }
    theirs = [
        existing("aws_vpc.v", id="vpc-0000000a"),
        existing("aws_internet_gateway.g", id="igw-0000000a", vpc_id="vpc-0000000b"),
    ]
    told = match(ours, theirs, chosen={"aws_internet_gateway.lab": "aws_internet_gateway.g"})
    assert [(m.ours, m.certainty) for m in told.matches] == [("aws_internet_gateway.lab", "told")]
    assert told.only_there == ["aws_vpc.v"]
    both = match(
        ours,
        theirs,
        chosen={"aws_internet_gateway.lab": "aws_internet_gateway.g", "aws_vpc.lab": "aws_vpc.v"},
    )
    assert {m.certainty for m in both.matches} == {"told"}


def test_what_is_to_be_carried_cannot_be_matched_as_well(existing: Make) -> None:
    theirs = [existing("aws_vpc.v", id="vpc-0000000a")]
    with pytest.raises(BadInputError, match="also to be carried or forgotten"):
        match({"aws_vpc": {"lab": {}}}, theirs, chosen={"aws_vpc.lab": "aws_vpc.v"}, set_aside=["aws_vpc.v"])


def test_a_group_of_the_right_name_is_not_that_of_the_template(existing: Make) -> None:
    """One has every sign of the instances' own, but their template names another one."""
    ours = {
        "aws_security_group": {"instances": {"name": "instances", "vpc_id": "${aws_vpc.lab.id}"}},
        "aws_vpc": {"lab": {}},
        "aws_launch_template": {"lab": {"vpc_security_group_ids": ["${aws_security_group.instances.id}"]}},
    }
    theirs = [
        existing("aws_security_group.instances", id="sg-0000000a", name="instances", vpc_id="vpc-0000000a"),
        existing("aws_security_group.other", id="sg-0000000b", name="other", vpc_id="vpc-0000000a"),
        existing("aws_vpc.lab", id="vpc-0000000a"),
        existing("aws_launch_template.t", id="lt-0000000a", vpc_security_group_ids=["sg-0000000b"]),
    ]
    anchored = match(ours, theirs, likely={"aws_launch_template.lab": "aws_launch_template.t"})
    assert pairs(anchored) == {
        "aws_security_group.instances": "aws_security_group.other",
        "aws_vpc.lab": "aws_vpc.lab",
        "aws_launch_template.lab": "aws_launch_template.t",
    }
    assert anchored.only_there == ["aws_security_group.instances"]
