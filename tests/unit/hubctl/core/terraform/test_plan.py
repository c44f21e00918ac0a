"""Reading plans from Terraform's JSON."""

import pytest

from hubctl.core.terraform.plan import error_text, plan_from_json


def entry(actions: list[str], **more: object) -> dict[str, object]:
    change: dict[str, object] = {"actions": actions, "before": {"a": 1, "b": 2}, "after": {"a": 1, "b": 3}}
    change |= {key: more.pop(key) for key in ("importing", "replace_paths", "after_unknown") if key in more}
    return {"address": "aws_x.y", "type": "aws_x", "mode": "managed", "change": change, **more}


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["no-op"], "no-op"),
        (["create"], "create"),
        (["read"], "read"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["forget"], "forget"),
        (["delete", "create"], "replace"),
        (["create", "delete"], "replace"),
        (["something", "new"], "something+new"),
    ],
)
def test_actions_have_one_word(actions: list[str], action: str) -> None:
    plan = plan_from_json({"resource_changes": [entry(actions)]})
    assert plan.counts == {action: 1}
    assert plan.is_empty == (action == "no-op")


def test_a_move_or_an_import_alone_is_a_change() -> None:
    moved = plan_from_json({"resource_changes": [entry(["no-op"], previous_address="module.m.aws_x.y")]})
    imported = plan_from_json({"resource_changes": [entry(["no-op"], importing={"id": "x-1"})]})
    assert not moved.is_empty
    assert moved.counts == {"no-op": 1, "move": 1}
    assert not imported.is_empty
    assert imported.counts == {"no-op": 1, "import": 1}
    assert imported.describe() == ["no-op aws_x.y importing x-1"]


def test_changed_attributes_are_named_without_their_values() -> None:
    change = entry(["update"], after_unknown={"c": True, "d": {}}, replace_paths=[["tags", "Name"], ["b", 0]])
    (line,) = plan_from_json({"resource_changes": [change]}).describe()
    assert line == "update aws_x.y (b, c) because of tags.Name, b[0]"


def test_outputs_count() -> None:
    document = {"output_changes": {"a": {"actions": ["no-op"]}, "b": {"actions": ["update"]}}}
    assert plan_from_json(document).changed_outputs == ("b",)
    assert not plan_from_json(document).is_empty
    assert plan_from_json({}).is_empty


def test_an_error_text_leaves_out_warnings_colours_and_frames() -> None:
    said = "╷\n│ Warning: old\n╵\n\x1b[31m╷\x1b[0m\n│ \x1b[1mError: \x1b[0mbad\n│ \n│   on main.tf\n╵\n"
    assert error_text("", said) == "Error: bad\n\n  on main.tf"


def test_a_long_error_loses_its_middle_and_an_empty_one_is_replaced_by_the_output() -> None:
    long = error_text("", "Error: bad\n" + "\n".join(f"line {i}" for i in range(500)))
    assert len(long.splitlines()) == 251
    assert "251 lines left out" in long
    assert long.endswith("line 499")
    assert error_text("what was printed\n", "") == "what was printed"
