"""What is carried is written as the state has it, and corrected by what Terraform and the provider say to it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hubctl.adopt.carrying.carried_resources import CarriedResources
from hubctl.adopt.carrying.selection import carried_addresses, in_order_of_use, is_addition
from hubctl.adopt.plan_changes import planned_changes
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import Existing
from hubctl.adopt.state.references import References
from hubctl.core.errors import BadInputError

OPTIONAL = {"optional": True}
COMPUTED = {"optional": True, "computed": True}
REQUIRED = {"required": True}


def block(attributes: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    blocks = more.pop("blocks", {})
    return {"nesting_mode": "list", "block": {"attributes": attributes or {}, "block_types": blocks}, **more}


SCHEMAS = {
    "aws_thing": block(
        {
            "id": COMPUTED,
            "arn": {"computed": True},
            "name": COMPUTED,
            "name_prefix": COMPUTED,
            "port": REQUIRED,
            "size": OPTIONAL,
            "group": OPTIONAL,
            "old": {**COMPUTED, "deprecated": True},
            "only": {**OPTIONAL, "deprecated": True},
            "key": {**OPTIONAL, "sensitive": True},
            "key_wo": {**OPTIONAL, "sensitive": True, "write_only": True},
            "key_wo_version": OPTIONAL,
            "tags": {**OPTIONAL, "type": ["map", "string"]},
            "tags_all": {**COMPUTED, "type": ["map", "string"]},
        },
        blocks={
            "rule": block({"a": OPTIONAL, "b": OPTIONAL, "c": OPTIONAL}),
            "member": block({"a": OPTIONAL, "b": OPTIONAL}, nesting_mode="set"),
            "action": block(blocks={"none": block()}),
            "failover": block({"at": REQUIRED}),
            "gone": block({"a": OPTIONAL}, nesting_mode="single"),
            "former": {
                **block({"a": OPTIONAL}),
                "block": {"deprecated": True, "attributes": {"a": OPTIONAL}},
            },
        },
    ),
    "aws_autoscaling_schedule": block({"recurrence": COMPUTED, "start_time": COMPUTED}),
    "aws_locked": block({"password": {**REQUIRED, "sensitive": True}}),
    "aws_chosen": block({"value": {**COMPUTED, "sensitive": True}, "insecure_value": COMPUTED}),
    "aws_conditional": block(blocks={"condition": block({"value": OPTIONAL}, min_items=1)}),
    "aws_lb": block(
        {"subnets": COMPUTED},
        blocks={
            "subnet_mapping": block({"subnet_id": REQUIRED, "allocation_id": OPTIONAL}, nesting_mode="set")
        },
    ),
    "aws_security_group": block({"ingress": COMPUTED, "egress": COMPUTED}),
}
Make = Callable[..., Existing]


def carriage(*resources: Existing, others: tuple[Existing, ...] = ()) -> CarriedResources:
    ours = {resource.address: resource.address for resource in resources}
    return CarriedResources(
        {resource.address: resource for resource in resources},
        SCHEMAS,
        References([*resources, *others], ours),
        Secrets(schemas=SCHEMAS),
    )


def written(*resources: Existing) -> dict[str, Any]:
    (arguments,) = carriage(*resources).arguments.values()
    return arguments


def update(
    carried: CarriedResources, address: str, before: dict[str, Any], after: dict[str, Any], **more: Any
) -> bool:
    entry = {
        "address": address,
        "type": address.partition(".")[0],
        "mode": "managed",
        "change": {"actions": ["update"], "before": before, "after": after, **more},
    }
    return carried.learn(planned_changes({"resource_changes": [entry]}))


def error(address: str, text: str, *, key: str = "", within: str = "", summary: str = "Oh") -> str:
    quoted = f'  7:     "{key}": 1,\n' if key else ""
    where = f"  with {address},\n  on cdk.tf.json line 7, in resource.{address}{within}:\n"
    return f"Error: {summary}\n\n{where}{quoted}\n{text}\n"


def test_what_nobody_wrote_is_left_out(existing: Make) -> None:
    """Computed, unset, superseded and secret arguments, and a block without what it needs."""
    thing = existing(
        "aws_thing.t",
        **{"id": "i", "arn": "a", "name": "n-1", "name_prefix": "n-", "port": 0, "size": 0, "key": "hush"},
        **{"old": "x", "only": "form", "key_wo_version": 1, "tags": {}, "tags_all": {"Owner": "x"}},
        rule=[{"a": 1}, {"a": None}],
        failover=[{"at": None}],
        gone=None,
        former=[{"a": 1}],
    )
    assert written(thing) == {"name": "n-1", "port": 0, "only": "form", "rule": [{"a": 1}, {}]}


def test_the_next_time_of_what_repeats_is_left_to_aws(existing: Make) -> None:
    """It would soon be in the past, which AWS refuses."""
    once = existing("aws_autoscaling_schedule.exam", start_time="2099-02-12T12:00:00Z", recurrence="")
    daily = existing(
        "aws_autoscaling_schedule.day", start_time="2099-02-12T12:00:00Z", recurrence="0 7 * * *"
    )
    assert written(once) == {"start_time": "2099-02-12T12:00:00Z"}
    assert written(daily) == {"recurrence": "0 7 * * *"}


def test_a_block_of_which_nothing_is_known_is_written_only_when_a_plan_asks_for_it(existing: Make) -> None:
    """The provider makes some up; one that an author wrote empty is shown by a plan."""
    thing = existing("aws_thing.t", port=1, member=[{"a": None, "b": None}])
    assert written(thing) == {"port": 1}
    carried = carriage(thing)
    assert update(carried, "aws_thing.t", {"member": [{"a": None}]}, {"member": []})
    assert carried.arguments["aws_thing.t"] == {"port": 1, "member": [{}]}


def test_a_block_that_only_the_provider_can_write_is_left_to_it(existing: Make) -> None:
    carried = carriage(existing("aws_thing.t", port=1, rule=[{"a": "made up"}]))
    assert update(carried, "aws_thing.t", {"rule": []}, {"rule": [{"a": "made up"}]})
    assert carried.arguments["aws_thing.t"] == {"port": 1}
    assert carried.ignore == {}


def test_sets_that_are_known_are_settled_without_a_plan(existing: Make) -> None:
    assert set(
        written(existing("aws_lb.l", subnets=["subnet-1"], subnet_mapping=[{"subnet_id": "subnet-1"}]))
    ) == {"subnets"}


def test_a_block_that_says_something_by_being_there_is_written(existing: Make) -> None:
    assert written(existing("aws_thing.t", port=1, action=[{"none": [{}]}])) == {
        "port": 1,
        "action": [{"none": [{}]}],
    }


def test_blocks_that_must_be_whole_say_what_is_unset(existing: Make) -> None:
    """A route table has "" for what a route does not have, and that is not an address."""
    kind = ["set", ["object", {"cidr_block": "string", "ipv6_cidr_block": "string"}]]
    schemas = {"aws_table": block({"route": {"optional": True, "type": kind}})}
    table = existing("aws_table.t", route=[{"cidr_block": "0.0.0.0/0", "ipv6_cidr_block": ""}])
    carried = CarriedResources({"aws_table.t": table}, schemas, References([table], {}), Secrets())
    assert carried.arguments["aws_table.t"] == {
        "route": [{"cidr_block": "0.0.0.0/0", "ipv6_cidr_block": None}]
    }


def test_texts_and_keys_are_taken_literally(existing: Make) -> None:
    thing = existing("aws_thing.t", port=1, tags={"${a}": 'say "%{b}"'})
    assert written(thing)["tags"] == {"$${a}": 'say "%%{b}"'}


def test_all_that_cannot_be_carried_is_said_at_once_with_what_helps(existing: Make) -> None:
    locked = existing("aws_locked.a", password="hush")
    null = existing("null_thing.b")
    marked = replace(
        existing("aws_conditional.c", condition=[{"value": "hush"}]), sensitive=frozenset({"condition"})
    )
    with pytest.raises(BadInputError) as refused:
        carriage(locked, null, marked)
    message, remedy = refused.value.message, refused.value.remedy
    assert "aws_locked.a cannot be carried: its argument password is a secret" in message
    assert "the AWS provider has no null_thing" in message
    assert "aws_conditional.c cannot be carried: its argument condition is a secret" in message
    assert all(f"--forget '{one}'" in remedy for one in ("aws_locked.a", "null_thing.b", "aws_conditional.c"))
    assert "hush" not in message + remedy


def test_of_two_that_exclude_each_other_one_is_written(existing: Make) -> None:
    """Both errors of a pair settle it once; lines are as narrow as Terraform breaks them."""
    carried = carriage(existing("aws_thing.t", port=1, group="g", rule=[{"a": 1, "b": 2}]))
    message = error("aws_thing.t", '"group": conflicts with\nrule.0.a', key="group") + error(
        "aws_thing.t", '│ "rule.0.a": conflicts with group', key="a", within=".rule[0]"
    )
    assert carried.correct(message)
    assert carried.arguments["aws_thing.t"] == {"port": 1, "rule": [{"a": 1, "b": 2}]}
    # The author wrote the other one: without it, the plan shows a difference.
    assert update(carried, "aws_thing.t", {"group": "g"}, {"group": None})
    assert carried.arguments["aws_thing.t"] == {"port": 1, "group": "g", "rule": [{"b": 2}]}
    assert update(carried, "aws_thing.t", {"rule": [{"a": 1}]}, {"rule": [{"a": None}]})
    assert carried.ignore == {"aws_thing.t": ["rule"]}


@pytest.mark.parametrize(
    "text",
    [
        '"name": only one of `name,group` can be specified, but `name,group` were specified.',
        'Attribute "name" cannot be specified when "group" is specified',
        "2 attributes specified when one (and only one) of [name,group] is required",
        "These attributes cannot be configured together: [name,group]",
    ],
)
def test_every_form_of_a_conflict_is_understood(existing: Make, text: str) -> None:
    carried = carriage(existing("aws_thing.t", port=1, name="n", group="g"))
    assert carried.correct(error("aws_thing.t", text))
    assert carried.arguments["aws_thing.t"] == {"port": 1, "group": "g"}  # a name may be AWS's choice


@pytest.mark.parametrize(
    "text",
    [
        'The argument "size" is required, but no definition was found.',
        '"group": all of `group,size` must be specified',
        '"size": one of `size,name` must be specified',
        "No attribute specified when one (and only one) of [size,name] is required",
        "At least one attribute out of [size] must be specified",
        'Attribute "size" must be specified when "group" is specified',
    ],
)
def test_what_is_missing_is_written_even_when_it_looks_unset(existing: Make, text: str) -> None:
    carried = carriage(existing("aws_thing.t", port=1, group="g", size=0))
    assert carried.correct(error("aws_thing.t", text))
    assert carried.arguments["aws_thing.t"]["size"] == 0


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('Can\'t configure a value for "size": its value will be decided automatically', ""),
        ('Computed attributes cannot be set, but a value was set for "size"', ""),
        ("expected size to be in the range (1 - 9), got 70", ""),
        ("Attribute size value must be at most 9, got: 70", ""),
        ('An argument named "size" is not expected here.', ""),
        ("whatever else", "size"),
        ("`size` must not be larger than 9", ""),
    ],
)
def test_what_is_not_valid_is_left_out_and_then_left_alone(existing: Make, text: str, key: str) -> None:
    carried = carriage(existing("aws_thing.t", port=1, size=70))
    assert carried.correct(error("aws_thing.t", text, key=key))
    assert carried.arguments["aws_thing.t"] == {"port": 1}
    assert update(carried, "aws_thing.t", {"size": 70}, {"size": None})
    assert carried.ignore == {"aws_thing.t": ["size"]}
    assert not update(carried, "aws_thing.t", {"size": 70}, {"size": None})


def test_what_terraform_itself_says_is_about_the_block_it_points_to(existing: Make) -> None:
    carried = carriage(existing("aws_thing.t", port=1, rule=[{"a": 1}, {"a": 1, "b": 0}]))
    text = 'The argument "b" is required, but no definition was found.'
    message = (
        f"Error: Missing\n\n  on cdk.tf.json line 7, in resource.aws_thing.t.rule[1]:\n   7:   }}\n\n{text}\n"
    )
    assert carried.correct(message)
    assert carried.arguments["aws_thing.t"]["rule"] == [{"a": 1}, {"a": 1, "b": 0}]


def test_members_of_a_set_have_no_positions(existing: Make) -> None:
    """The position in the error is not that in the state: each member that has both is settled."""
    carried = carriage(existing("aws_thing.t", port=1, member=[{"a": 1}, {"a": 2, "b": 3}]))
    assert carried.correct(error("aws_thing.t", '"member.0.a": conflicts with member.0.b'))
    assert carried.arguments["aws_thing.t"]["member"] == [{"a": 1}, {"a": 2}]


def test_an_error_that_nothing_corrects_names_resource_and_remedy(existing: Make) -> None:
    carried = carriage(existing("aws_thing.t", port=1), existing("aws_thing.u", port=1))
    assert not carried.correct("Error: no credentials\n")
    assert not carried.correct(error("aws_thing.of_ours", '"size": conflicts with group'))
    message = error("aws_thing.t", "The sky is the limit") + error("aws_thing.u", "So is the sea")
    with pytest.raises(
        BadInputError, match=r"aws_thing.t cannot be carried: Oh The sky is the limit"
    ) as stuck:
        carried.correct(message)
    assert "aws_thing.u cannot be carried: Oh So is the sea" in stuck.value.message
    assert "--forget 'aws_thing.t'" in stuck.value.remedy
    assert "--forget 'aws_thing.u'" in stuck.value.remedy


def test_a_secret_that_must_be_written_is_refused(existing: Make) -> None:
    """A SecureString has no other argument for its value: it is not turned into something else."""
    carried = carriage(existing("aws_chosen.p", value="hush", insecure_value=None))
    with pytest.raises(BadInputError, match="argument value is a secret"):
        carried.correct(error("aws_chosen.p", '"value": one of `insecure_value,value` must be specified'))
    open_ = carriage(existing("aws_chosen.p", value="", insecure_value="seen"))
    assert open_.arguments["aws_chosen.p"] == {"insecure_value": "seen"}


def test_a_plan_tells_which_zero_is_meant(existing: Make) -> None:
    """Within blocks too, and in a set by the member that is most alike; the rest of the block stays readable."""
    carried = carriage(
        existing("aws_thing.t", port=1, size=0, member=[{"a": 1, "b": False}, {"a": 2, "b": True}])
    )
    before = {"size": 0, "member": [{"a": 1, "b": False}, {"a": 2, "b": True}]}
    after = {"size": 5, "member": [{"a": 2, "b": True}, {"a": 1, "b": True}]}
    assert update(carried, "aws_thing.t", before, after)
    assert carried.arguments["aws_thing.t"] == {
        "port": 1,
        "size": 0,
        "member": [{"a": 1, "b": False}, {"a": 2, "b": True}],
    }
    assert carried.ignore == {}


def test_a_superseded_block_is_written_when_a_plan_would_take_it_away(existing: Make) -> None:
    carried = carriage(existing("aws_thing.t", port=1, former=[{"a": 1}]))
    assert update(carried, "aws_thing.t", {"former": [{"a": 1}]}, {"former": []})
    assert carried.arguments["aws_thing.t"] == {"port": 1, "former": [{"a": 1}]}


def test_a_secret_that_may_be_left_out_is_ignored(existing: Make) -> None:
    carried = carriage(existing("aws_thing.t", port=1, key="hush"))
    assert update(carried, "aws_thing.t", {"key": "hush"}, {"key": None}, before_sensitive={"key": True})
    assert carried.ignore == {"aws_thing.t": ["key"]}
    assert carried.arguments["aws_thing.t"] == {"port": 1}


def test_tags_by_default_of_another_provider_are_left_alone(existing: Make) -> None:
    carried = carriage(existing("aws_thing.t", port=1, tags={}, tags_all={"Owner": "x"}))
    before, after = {"tags": {}, "tags_all": {"Owner": "x"}}, {"tags": {}, "tags_all": {}}
    assert update(carried, "aws_thing.t", before, after)
    assert carried.ignore == {"aws_thing.t": ["tags_all"]}
    assert not update(carried, "aws_thing.t", before, after)


@pytest.mark.parametrize(("address", "kept"), [("eipalloc-1", "subnet_mapping"), ("", "subnets")])
def test_a_balancer_has_the_addresses_that_were_chosen(existing: Make, address: str, kept: str) -> None:
    mapping = [{"subnet_id": "subnet-1", "allocation_id": address}]
    carried = carriage(existing("aws_lb.n", subnets=["subnet-1"], subnet_mapping=mapping))
    assert carried.correct(error("aws_lb.n", '"subnets": conflicts with subnet_mapping'))
    assert set(carried.arguments["aws_lb.n"]) == {kept}


def test_what_another_resource_manages_is_written_only_there(existing: Make) -> None:
    group = existing("aws_security_group.g", id="sg-1", ingress=[{"from_port": 1}], egress=[{"from_port": 0}])
    rule = existing("aws_security_group_rule.r", type="ingress", security_group_id="sg-1")
    assert carriage(group, others=(rule,)).arguments == {
        "aws_security_group.g": {"egress": [{"from_port": 0}]}
    }


def test_a_circle_of_references_is_broken(existing: Make) -> None:
    """Terraform makes nothing of which each needs the other first."""
    first = existing("aws_thing.a", id="sg-0123456789abcdef0", port=1, group="sg-0123456789abcdef1")
    second = existing("aws_thing.b", id="sg-0123456789abcdef1", port=1, group="sg-0123456789abcdef0")
    found = carriage(first, second).arguments
    groups = [arguments["group"] for arguments in found.values()]
    assert sorted(group.startswith("${") for group in groups) == [False, True]


def test_carried_resources_get_free_addresses() -> None:
    first, second = (
        Existing(
            address=f'module.m.aws_route.r["{key}"]',
            resource="module.m.aws_route.r",
            type="aws_route",
            name="r",
            key=key,
            provider="x",
            values={},
        )
        for key in ("a/b", "a-b")
    )
    assert list(carried_addresses([first, second], ["aws_route.r_a_b"]).values()) == [
        "aws_route.adopted_r_a_b",
        "aws_route.adopted_r_a_b_2",
    ]
    assert in_order_of_use([second, first]) == [second, first]


def test_opening_the_instances_is_no_mere_addition(existing: Make) -> None:
    def rule(group: str, direction: str) -> Existing:
        return existing("aws_security_group_rule.r", security_group_id=group, type=direction)

    assert is_addition(rule("sg-instances", "egress"), "sg-instances")
    assert is_addition(rule("sg-balancer", "ingress"), "sg-instances")
    assert not is_addition(rule("sg-instances", "ingress"), "sg-instances")
    assert not is_addition(existing("aws_nat_gateway.n"), None)
