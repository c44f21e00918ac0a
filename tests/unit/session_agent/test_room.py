"""Which instances are too many, and what the hub gets to know of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from session_agent.rollout import Group, Member
from session_agent.room import surplus, tell_hub


def group(desired: int, *serving: str, **others: str) -> Group:
    states = {**dict.fromkeys(serving, "InService"), **others}
    return Group(
        desired=desired,
        smallest=0,
        largest=9,
        launches="1",
        members=tuple(
            Member(id=name, version="1", state=state, healthy=True, protected=True)
            for name, state in states.items()
        ),
    )


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (group(2, "i-a", "i-b"), set()),
        (group(3, "i-a", "i-b"), set()),
        (group(1, "i-b", "i-a"), {"i-b"}),
        (group(1, "i-c", "i-a", "i-b"), {"i-b", "i-c"}),
        (group(0, "i-a", "i-b"), {"i-b"}),  # never all
        (group(0, "i-a"), set()),
        (group(0), set()),
        # One that leaves already is not counted, nor one that is on its way.
        (group(1, "i-a", **{"i-b": "Terminating:Wait", "i-c": "Pending", "i-d": "Warmed:Stopped"}), set()),
    ],
)
def test_the_last_ones_in_order_are_too_many(seen: Group, expected: set[str]) -> None:
    assert surplus(seen) == expected


def test_the_hub_gets_to_know_it(tmp_path: Path) -> None:
    file, seen = tmp_path / "run" / "group.json", group(1, "i-a", "i-b")
    tell_hub(file, seen, "i-b")
    assert json.loads(file.read_text()) == {"others": 1, "surplus": True}
    tell_hub(file, seen, "i-a")
    assert json.loads(file.read_text()) == {"others": 1, "surplus": False}


def test_a_run_of_the_agent_writes_it_where_the_stack_keeps_places_free(lab: Any) -> None:
    file = lab.folder / "run" / "group.json"
    lab.settings["user_memory_gib"] = 1.5
    assert lab.run() == 0
    assert not file.exists()
    lab.settings["spare"] = {"spare_places": 0, "policy": "spare-up"}
    assert lab.run() == 0
    assert json.loads(file.read_text()) == {"others": 0, "surplus": False}
    lab.settings["spare"] = "4"
    assert lab.run() == 2
