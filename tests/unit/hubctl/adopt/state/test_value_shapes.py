"""Values of a state that are not of the types that the provider writes are named before anything reads them."""

import copy
import json
from typing import Any

import pytest

from hubctl.adopt.inference.aws_lab import filtered
from hubctl.adopt.inference.clues import whole_number
from hubctl.adopt.state.existing import Existing, ExistingState
from hubctl.adopt.state.state_file import read_state
from hubctl.adopt.state.value_shapes import check_values, with_older_values
from hubctl.core.errors import BadInputError

BLOCK = {
    "attributes": {
        "name": {"type": "string"},
        "size": {"type": "number"},
        "open": {"type": "bool"},
        "subnets": {"type": ["set", "string"]},
        "tags": {"type": ["map", "string"]},
        "options": {"type": ["list", ["object", {"a": "string", "b": ["list", "number"]}]]},
        "anything": {"type": "dynamic"},
        "framework": {"nested_type": {"attributes": {"x": {"type": "string"}}, "nesting_mode": "list"}},
    },
    "block_types": {
        "rule": {"nesting_mode": "set", "block": {"attributes": {"port": {"type": "number"}}}},
        "timeouts": {"nesting_mode": "single", "block": {"attributes": {"create": {"type": "string"}}}},
        "named": {"nesting_mode": "map", "block": {"attributes": {}}},
    },
}
SCHEMAS: dict[str, Any] = {"aws_thing": {"version": 2, "block": BLOCK}}
GOOD: dict[str, Any] = {
    "name": "x",
    "size": 1.5,
    "open": True,
    "subnets": ["a", None],
    "tags": {"a": "b", "c": None},
    "options": [{"a": "x", "b": [1]}, None],
    "anything": [{}],
    "framework": [{"x": "y"}],
    "rule": [{"port": 1}, {"port": None, "unknown": 3}],
    "timeouts": None,
    "named": {"a": {}},
    "unknown": "x",
}


def state_of(values: dict[str, Any], *, version: int = 2, **entry: Any) -> ExistingState:
    instance = {"schema_version": version, "attributes": values, "index_key": "k"}
    resource = {"mode": "managed", "type": "aws_thing", "name": "t", "provider": "", "instances": [instance]}
    document = {"version": 4, "serial": 1, "resources": [{**resource, **entry}]}
    return read_state(json.dumps(document), "old.tfstate")


def check(values: dict[str, Any], *, version: int = 2, **entry: Any) -> None:
    check_values(state_of(values, version=version, **entry), SCHEMAS)


def test_case_23_what_another_version_wrote_is_named_where_it_is_stumbled_over() -> None:
    older = state_of({"subnets": "x"}, version=1)
    assert with_older_values(lambda: "fine", older, SCHEMAS) == "fine"
    with pytest.raises(BadInputError, match="subnets is a text, not a list") as refused:
        with_older_values(lambda: [][1], older, SCHEMAS)
    assert "refresh-only" in refused.value.remedy
    with pytest.raises(IndexError):  # a mistake of the program is not blamed on the state
        with_older_values(lambda: [][1], state_of({"subnets": ["x"]}, version=1), SCHEMAS)


def test_what_the_provider_writes_is_left_alone() -> None:
    check(GOOD)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", 3, "name is a number, not a text"),
        ("name", ["x"], "name is a list, not a text"),
        ("size", "3", "size is a text, not a number"),
        ("size", True, "size is true or false, not a number"),
        ("open", 1, "open is a number, not true or false"),
        ("subnets", "a", "subnets is a text, not a list"),
        ("subnets", [{"a": 1}], "subnets is an object, not a text"),
        ("tags", [], "tags is a list, not an object"),
        ("tags", {"a": ["x"]}, "tags.a is a list, not a text"),
        ("options", [{"b": ["x"]}], "options.b is a text, not a number"),
        ("framework", {"x": "y"}, "framework is an object, not a list"),
        ("framework", [{"x": 1}], "framework.x is a number, not a text"),
        ("rule", {"port": 1}, "rule is an object, not a list"),
        ("rule", [None], "rule is null where a block is expected"),
        ("rule", [{"port": "x"}], "rule.port is a text, not a number"),
        ("timeouts", [], "timeouts is a list where a block is expected"),
        ("named", [], "named is a list, not an object"),
    ],
)
def test_case_23_other_types_are_named_without_their_value(name: str, value: Any, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        check({**copy.deepcopy(GOOD), name: value})
    assert refused.value.message == f'the state is damaged:\n  aws_thing.t["k"]: {said}'


def test_another_version_of_the_schema_and_other_types_are_left_alone() -> None:
    check({"name": 3}, version=1)
    check({"name": 3}, type="other_thing")


def test_only_the_first_of_many_are_named() -> None:
    with pytest.raises(BadInputError, match="and 5 more"):
        check({"subnets": [1] * 15})


@pytest.mark.parametrize(
    "filters", [None, "x", ["x"], [{"name": "name", "values": "x"}], [{"name": "name", "values": [["x"]]}]]
)
def test_case_23_look_ups_of_other_shapes_tell_nothing(filters: Any) -> None:
    lookup = Existing(
        address="data.aws_ami.a",
        resource="data.aws_ami.a",
        type="aws_ami",
        name="a",
        key=None,
        provider="hashicorp/aws",
        values={"filter": filters},
        is_lookup=True,
    )
    assert filtered(lookup, "name") == []


@pytest.mark.parametrize(
    ("value", "number"),
    [("3", 3), (3.0, 3), (3.5, None), (float("inf"), None), (float("nan"), None), ([], None)],
)
def test_whole_numbers(value: object, number: int | None) -> None:
    assert whole_number(value) == number
