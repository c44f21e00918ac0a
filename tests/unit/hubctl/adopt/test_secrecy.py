"""Secrets are shown nowhere: not in tables, not in JSON, not in the adoption file."""

import pytest

from hubctl.adopt.carrying import carried_addresses, carried_arguments, is_addition
from hubctl.adopt.differences import Explainer
from hubctl.adopt.existing import Existing
from hubctl.adopt.plan_changes import planned_changes
from hubctl.adopt.references import References
from hubctl.adopt.secrecy import HIDDEN, is_secret, shown
from hubctl.errors import BadInputError

SCHEMA = {
    "aws_thing": {
        "block": {
            "attributes": {
                "id": {"optional": True, "computed": True},
                "arn": {"computed": True},
                "name": {"optional": True, "computed": True},
                "name_prefix": {"optional": True, "computed": True},
                "port": {"required": True},
                "size": {"optional": True},
                "group": {"optional": True},
                "key": {"optional": True, "sensitive": True},
            },
            "block_types": {"rule": {"block": {"attributes": {"a": {"optional": True}}}}},
        }
    },
    "aws_locked": {"block": {"attributes": {"password": {"required": True, "sensitive": True}}}},
}


def thing(kind: str = "aws_thing", **values: object) -> Existing:
    return Existing(
        address=f"{kind}.t", resource=f"{kind}.t", type=kind, name="t", key=None, provider="x", values=values
    )


@pytest.mark.parametrize(
    "name", ["password", "db_password", "secret_string", "private_key", "token", "join_token", "user_data"]
)
def test_names_that_say_secret_are_hidden(name: str) -> None:
    assert is_secret(name)
    assert shown(name, "hush") == HIDDEN


@pytest.mark.parametrize("name", ["name", "creation_token", "http_tokens", "key_name", "tags"])
def test_other_names_are_shown(name: str) -> None:
    assert not is_secret(name)
    assert shown(name, "seen") == "'seen'"


def test_marked_values_and_maps_with_secret_keys_are_hidden() -> None:
    assert shown("value", "hush", {"value"}) == HIDDEN
    assert shown("settings", {"db_password": "hush"}) == HIDDEN


def test_a_sensitive_change_is_told_without_its_values() -> None:
    document = {
        "address": "aws_ssm_parameter.p",
        "type": "aws_ssm_parameter",
        "mode": "managed",
        "change": {
            "actions": ["delete", "create"],
            "before": {"value": "hush-old", "name": "/a"},
            "after": {"value": "hush-new", "name": "/b"},
            "before_sensitive": {"value": True},
            "after_sensitive": {"value": True},
            "replace_paths": [["name"]],
        },
    }
    (change,) = planned_changes({"resource_changes": [document]})
    difference = Explainer({}, [], [], {}).explain(change)
    assert "hush" not in repr(change)
    assert "hush" not in repr(difference)
    assert {a.name: a.existing for a in difference.attributes} == {"value": HIDDEN, "name": "'/a'"}
    assert "--keep aws_ssm_parameter.p.name" in difference.remedy


def test_what_is_carried_leaves_out_computed_empty_and_secret_arguments() -> None:
    resource = thing(
        id="i",
        arn="a",
        name="n-1",
        name_prefix="n-",
        port=0,
        size=0,
        key="hush",
        rule=[{"a": 1}, {"a": None}],
    )
    found = carried_arguments(resource, SCHEMA, References([resource], {}))
    assert found == {"name": "n-1", "port": 0, "rule": [{"a": 1}, {}]}


def test_what_needs_a_secret_cannot_be_carried() -> None:
    with pytest.raises(BadInputError, match="password is a secret") as refused:
        carried_arguments(thing("aws_locked", password="hush"), SCHEMA, References([], {}))
    assert "hush" not in refused.value.message


def test_what_the_provider_does_not_know_cannot_be_carried() -> None:
    with pytest.raises(BadInputError, match="the AWS provider has no null_thing"):
        carried_arguments(thing("null_thing"), SCHEMA, References([], {}))


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


def test_opening_the_instances_is_no_mere_addition() -> None:
    def rule(group: str, direction: str) -> Existing:
        return thing("aws_security_group_rule", security_group_id=group, type=direction)

    assert is_addition(rule("sg-instances", "egress"), "sg-instances")
    assert is_addition(rule("sg-balancer", "ingress"), "sg-instances")
    assert not is_addition(rule("sg-instances", "ingress"), "sg-instances")
    assert not is_addition(thing("aws_nat_gateway"), None)


def test_blocks_that_must_be_whole_say_what_is_unset() -> None:
    """A route table has "" for what a route has not; that is no address."""
    kind = ["set", ["object", {"cidr_block": "string", "ipv6_cidr_block": "string"}]]
    schema = {"aws_table": {"block": {"attributes": {"route": {"optional": True, "type": kind}}}}}
    table = thing("aws_table", route=[{"cidr_block": "0.0.0.0/0", "ipv6_cidr_block": ""}])
    found = carried_arguments(table, schema, References([table], {}))
    assert found == {"route": [{"cidr_block": "0.0.0.0/0", "ipv6_cidr_block": None}]}
