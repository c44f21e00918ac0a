"""What a plan shows must be kept is kept: as a value where that can be reviewed, ignored where it cannot."""

from collections.abc import Callable
from typing import Any

import pytest

from hubctl.adopt.improvements import Choice
from hubctl.adopt.keeping import Keeping, check_keep, named_once
from hubctl.adopt.matching.candidates import planned_resources
from hubctl.adopt.plan_changes import planned_changes
from hubctl.adopt.state.existing import Existing
from hubctl.adopt.state.references import References
from hubctl.core.errors import BadInputError

Make = Callable[..., Existing]
Values = dict[str, Any]


def change(address: str, before: Values, after: Values, **more: Any) -> Values:
    forcing = more.pop("forcing", [])
    return {
        "address": address,
        "type": address.partition(".")[0],
        "mode": "managed",
        "change": {
            "actions": ["delete", "create"] if forcing else ["update"],
            "before": before,
            "after": after,
            "after_unknown": more.pop("unknown", {}),
            "replace_paths": [[name] for name in forcing],
            "before_sensitive": more.pop("sensitive", {}),
        },
    }


def learn(keeping: Keeping, *changes: Values, blocks: Values | None = None, **options: Any) -> list[str]:
    found = planned_changes({"resource_changes": list(changes)})
    given = blocks or {entry["address"]: entry["change"]["after"] for entry in changes}
    references = options.get("references") or References([], {})
    return keeping.learn(found, given, options.get("matches", {}), references)


def test_a_value_that_would_replace_is_kept_as_it_is() -> None:
    keeping = Keeping()
    before, after = {"name": "old", "idle_timeout": 60}, {"name": "new", "idle_timeout": 60}
    assert learn(keeping, change("aws_lb.lab", before, after, forcing=["name"])) == ["aws_lb.lab.name"]
    assert keeping.keep == {"aws_lb.lab": {"name": "old"}}


def test_what_is_not_set_there_is_left_out_here() -> None:
    keeping = Keeping()
    entry = change("aws_iam_role.r", {"path": None}, {"path": "/x/"}, forcing=["path"])
    learn(keeping, entry)
    assert keeping.keep == {"aws_iam_role.r": {"path": None}}


def test_what_a_value_did_not_settle_is_ignored_and_then_left() -> None:
    keeping = Keeping()
    entry = change("aws_lb.lab", {"name": "old"}, {"name": "new"}, forcing=["name"])
    assert learn(keeping, entry)
    assert learn(keeping, entry)
    assert (keeping.keep, keeping.ignore) == ({}, {"aws_lb.lab": ["name"]})
    assert learn(keeping, entry) == []


def test_a_secret_and_a_block_are_ignored_not_written() -> None:
    keeping = Keeping()
    blocks = change("aws_lb_target_group.hub", {"health_check": [{"a": [1]}]}, {"health_check": [{"a": [2]}]})
    secret = change("aws_lb.lab", {"name": "hush"}, {"name": "x"}, forcing=["name"], sensitive={"name": True})
    learn(keeping, blocks, secret)
    assert keeping.keep == {}
    assert keeping.ignore == {"aws_lb_target_group.hub": ["health_check"], "aws_lb.lab": ["name"]}


def test_a_zero_that_may_mean_unset_is_ignored() -> None:
    keeping = Keeping()
    entry = change("aws_cloudwatch_metric_alarm.a", {"datapoints_to_alarm": 0}, {"datapoints_to_alarm": 2})
    learn(keeping, entry)
    assert keeping.ignore == {"aws_cloudwatch_metric_alarm.a": ["datapoints_to_alarm"]}


def test_everything_is_kept_and_what_is_stronger_is_offered() -> None:
    keeping = Keeping()
    entry = change("aws_lb.lab", {"drop_invalid_header_fields": False}, {"drop_invalid_header_fields": True})
    assert learn(keeping, entry) == ["aws_lb.lab.drop_invalid_header_fields"]
    assert keeping.ignore == {}
    assert keeping.keep == {"aws_lb.lab": {"drop_invalid_header_fields": False}}
    offer = keeping.offers["aws_lb.lab.drop_invalid_header_fields"]
    assert (offer.improvement.group, offer.address) == ("headers", "aws_lb.lab")


@pytest.mark.parametrize("wanted", ["headers", "all", "aws_lb.lab.drop_invalid_header_fields"])
def test_what_was_asked_for_is_not_kept_unless_told(wanted: str) -> None:
    entry = change("aws_lb.lab", {"drop_invalid_header_fields": False}, {"drop_invalid_header_fields": True})
    choice = Choice(wanted=frozenset({wanted}))
    keeping = Keeping(choice=choice)
    assert (learn(keeping, entry), keeping.offers) == ([], {})
    told = Keeping(asked_to_keep=["aws_lb.lab.drop_invalid_header_fields"], choice=choice)
    assert learn(told, entry) == ["aws_lb.lab.drop_invalid_header_fields"]


def test_what_is_weaker_is_kept_whatever_was_asked_for() -> None:
    entry = change("aws_lb.lab", {"enable_deletion_protection": True}, {"enable_deletion_protection": False})
    for choice in (Choice(wanted=frozenset({"all"})), Choice(updates=True)):
        keeping = Keeping(choice=choice)
        assert learn(keeping, entry) == ["aws_lb.lab.enable_deletion_protection"]
        assert keeping.offers == {}


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ({"Cost": "1"}, {"Name": "lab"}, True),
        ({"Name": "a"}, {"Name": "b"}, True),
        ({"Cost": "1"}, {"Cost": "1", "Name": "lab"}, False),
        ({}, {"Name": "lab"}, False),
    ],
)
@pytest.mark.parametrize("choice", [Choice(updates=True), Choice(wanted=frozenset({"tags"}))])
def test_tags_may_be_added_but_not_lost(before: Values, after: Values, kept: bool, choice: Choice) -> None:
    keeping = Keeping(choice=choice)
    learn(keeping, change("aws_vpc.lab", {"tags": before}, {"tags": after}))
    assert keeping.keep == ({"aws_vpc.lab": {"tags": before}} if kept else {})


def test_blocks_are_kept_as_they_are_written_down() -> None:
    blocks = [{"type": "forward", "target_group_arn": "arn"}]
    keeping = Keeping(written=lambda theirs, argument, value: [*value, theirs, argument])
    entry = change(
        "aws_lb_listener.https", {"default_action": blocks}, {"default_action": [{"type": "redirect"}]}
    )
    learn(keeping, entry, matches={"aws_lb_listener.https": "aws_lb_listener.theirs"})
    assert keeping.keep == {
        "aws_lb_listener.https": {"default_action": [*blocks, "aws_lb_listener.theirs", "default_action"]}
    }


def test_of_arguments_that_exclude_each_other_the_existing_one_is_taken(existing: Make) -> None:
    configuration = {"resource": {"aws_autoscaling_group": {"lab": {"launch_template": {"id": "x"}}}}}
    policy = [{"launch_template": [{"launch_template_specification": [{"version": "$Latest"}]}]}]
    theirs = existing("aws_autoscaling_group.x", mixed_instances_policy=policy, launch_template=[])
    keeping = Keeping(written=lambda _theirs, _argument, value: value)
    keeping.start(
        {"aws_autoscaling_group.lab": theirs.address},
        planned_resources(configuration),
        {theirs.address: theirs},
    )
    assert keeping.keep == {
        "aws_autoscaling_group.lab": {"mixed_instances_policy": policy, "launch_template": None}
    }
    assert keeping.ignore == {}


def test_what_follows_from_something_else_waits_for_the_next_plan() -> None:
    keeping = Keeping()
    vpc = change(
        "aws_vpc.lab", {"cidr_block": "10.1.0.0/16"}, {"cidr_block": "10.2.0.0/16"}, forcing=["cidr_block"]
    )
    subnet = change("aws_subnet.a", {"vpc_id": "vpc-1"}, {}, forcing=["vpc_id"], unknown={"vpc_id": True})
    blocks = {"aws_vpc.lab": {"cidr_block": "x"}, "aws_subnet.a": {"vpc_id": "${aws_vpc.lab.id}"}}
    assert learn(keeping, vpc, subnet, blocks=blocks) == ["aws_vpc.lab.cidr_block"]


def test_ids_of_adopted_resources_become_references(existing: Make) -> None:
    group = existing("aws_security_group.old", id="sg-0123456789abcdef0")
    rule = existing("aws_security_group_rule.r", source_security_group_id="sg-0123456789abcdef0")
    references = References([group, rule], {"aws_security_group.old": "aws_security_group.balancer"})
    keeping = Keeping()
    entry = change(
        "aws_security_group_rule.hub",
        {"source_security_group_id": "sg-0123456789abcdef0"},
        {"source_security_group_id": "sg-x"},
        forcing=["source_security_group_id"],
    )
    learn(
        keeping,
        entry,
        references=references,
        matches={"aws_security_group_rule.hub": "aws_security_group_rule.r"},
    )
    assert keeping.keep == {
        "aws_security_group_rule.hub": {"source_security_group_id": "${aws_security_group.balancer.id}"}
    }


def test_what_belongs_to_something_not_adopted_stays_a_difference(existing: Make) -> None:
    group = existing("aws_security_group.other", id="sg-0123456789abcdef0")
    rule = existing("aws_security_group_rule.r", source_security_group_id="sg-0123456789abcdef0")
    entry = change(
        "aws_security_group_rule.hub",
        {"source_security_group_id": "sg-0123456789abcdef0"},
        {"source_security_group_id": "sg-x"},
        forcing=["source_security_group_id"],
    )
    matches = {"aws_security_group_rule.hub": "aws_security_group_rule.r"}
    assert learn(Keeping(), entry, references=References([group, rule], {}), matches=matches) == []


def test_names_are_kept_before_the_first_plan_and_templates_are_escaped(existing: Make) -> None:
    configuration = {
        "resource": {
            "aws_security_group": {"a": {"name": "${var.n}-a", "description": "mine"}},
            "aws_lb": {"lab": {"name": "same"}},
        },
        "variable": {"n": {"default": "lab"}},
    }
    keeping = Keeping()
    keeping.start(
        {"aws_security_group.a": "aws_security_group.x", "aws_lb.lab": "aws_lb.y"},
        planned_resources(configuration),
        {
            "aws_security_group.x": existing("aws_security_group.x", name="theirs", description="${odd}"),
            "aws_lb.y": existing("aws_lb.y", name="same"),
        },
    )
    assert keeping.keep == {"aws_security_group.a": {"name": "theirs", "description": "$${odd}"}}


def test_what_refers_to_something_left_out_is_kept_as_it_is(existing: Make) -> None:
    configuration = {
        "resource": {
            "aws_launch_configuration": {
                "lab": {
                    "iam_instance_profile": "${aws_iam_instance_profile.lab_instance.name}",
                    "key_name": "${aws_key_pair.lab.key_name}",
                    "instance_type": "t3.large",
                }
            }
        }
    }
    ours = planned_resources(configuration)
    theirs = existing(
        "aws_launch_configuration.x", iam_instance_profile="", key_name="ops", instance_type="t3.large"
    )
    keeping = Keeping()
    keeping.start(
        {"aws_launch_configuration.lab": theirs.address},
        ours,
        {theirs.address: theirs},
        ["aws_iam_instance_profile.lab_instance", "aws_key_pair.lab"],
    )
    assert keeping.keep["aws_launch_configuration.lab"] == {"iam_instance_profile": None, "key_name": "ops"}


def test_what_is_imported_goes_without_what_refers_to_something_left_out() -> None:
    """No state tells what it has instead; the plan does, and by then it is kept as it is."""
    instance = {"iam_instance_profile": "${aws_iam_instance_profile.node.name}", "user_data": "ours"}
    ours = planned_resources({"resource": {"aws_instance": {"leader": instance}}})
    keeping = Keeping()
    keeping.start({}, [], {}, ["aws_iam_instance_profile.node"], ours)
    assert keeping.keep == {"aws_instance.leader": {"iam_instance_profile": None}}
    assert "user_data" in keeping.ignore["aws_instance.leader"]
    entry = change("aws_instance.leader", {"iam_instance_profile": "theirs"}, {"iam_instance_profile": None})
    assert learn(keeping, entry, blocks={"aws_instance.leader": {}}) != []
    assert "iam_instance_profile" in keeping.ignore["aws_instance.leader"]


def test_a_block_that_would_replace_is_ignored_though_the_provider_completes_it() -> None:
    keeping = Keeping()
    entry = change(
        "aws_launch_configuration.lab",
        {"root_block_device": [{"encrypted": False, "volume_type": ""}]},
        {"root_block_device": [{"encrypted": True, "volume_type": "gp3"}]},
        forcing=["root_block_device"],
        unknown={"root_block_device": [{"iops": True}]},
    )
    learn(keeping, entry)
    assert keeping.ignore == {"aws_launch_configuration.lab": ["root_block_device"]}


@pytest.mark.parametrize(
    ("address", "argument"),
    [
        ("aws_vpc.lab", "assign_generated_ipv6_cidr_block"),
        ("aws_subnet.public_1", "ipv6_cidr_block"),
        ("aws_security_group_rule.balancer_http", "description"),
    ],
)
def test_what_is_in_use_is_not_taken_away(address: str, argument: str) -> None:
    keeping = Keeping()
    learn(
        keeping, change(address, {argument: "theirs"}, {argument: None}), blocks={address: {argument: None}}
    )
    assert keeping.keep == {address: {argument: "theirs"}}


@pytest.mark.parametrize("told", ["nonsense", "aws_lb.other.name", "aws_lb.lab"])
def test_what_is_to_be_kept_is_an_argument_of_ours(told: str) -> None:
    check_keep(["aws_lb.lab.name"], {"aws_lb.lab"})
    with pytest.raises(BadInputError, match=f"--keep {told}"):
        check_keep(["aws_lb.lab.name", told], {"aws_lb.lab"})


def test_a_launch_template_is_named_once() -> None:
    """A state has its id and its name, and the provider takes one of them."""
    both = {"id": "lt-1", "name": "t", "version": "1"}
    assert named_once([both]) == [{"id": "lt-1", "version": "1"}]
    inner = {"launch_template_id": "lt-1", "launch_template_name": "t", "version": ""}
    mixed = [{"launch_template": [{"launch_template_specification": [inner], "override": []}]}]
    assert named_once(mixed) == [
        {
            "launch_template": [
                {
                    "launch_template_specification": [{"launch_template_id": "lt-1", "version": ""}],
                    "override": [],
                }
            ]
        }
    ]
    assert named_once([{"id": "", "name": "t"}]) == [{"id": "", "name": "t"}]


def test_what_nobody_may_write_is_ignored_once_terraform_complains() -> None:
    keeping = Keeping(
        keep={
            "aws_lb_listener.https": {"default_action": [{"duration": 0}], "port": 443},
            "aws_lb.lab": {"name": "old"},
        }
    )
    said = """Error: expected default_action.0.forward.0.stickiness.0.duration to be in the range (1 - 604800), got 0

  with aws_lb_listener.https,
  on cdk.tf.json line 960, in resource.aws_lb_listener.https.default_action[0].forward[0].stickiness[0]:
 960:                   }
"""
    assert keeping.correct(said)
    assert keeping.keep == {"aws_lb_listener.https": {"port": 443}, "aws_lb.lab": {"name": "old"}}
    assert keeping.ignore == {"aws_lb_listener.https": ["default_action"]}
    assert not keeping.correct(said)
    assert not keeping.correct("Error: no credentials")


def test_default_tags_of_the_existing_provider_are_not_taken_away() -> None:
    """They stand in no argument: what is written down is the same on both sides."""
    own = {"Name": "leader"}
    lost = change(
        "aws_instance.a", {"tags": own, "tags_all": {**own, "Owner": "geo"}}, {"tags": own, "tags_all": own}
    )
    keeping = Keeping()
    assert learn(keeping, lost) == ["aws_instance.a.tags_all"]
    assert keeping.ignore == {"aws_instance.a": ["tags_all"]}
    assert learn(keeping, lost) == []
    same = change("aws_instance.b", {"tags": own, "tags_all": own}, {"tags": own, "tags_all": own})
    assert learn(Keeping(), same) == []
