"""When the local AWS carries a group's scheduled actions out: in time, or as late as the group's tag says."""

from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from hubctl.trial.aws.extensions.scheduled_actions import (
    DELAY_TAG,
    acted_until,
    actions_of,
    delay_of,
    due_until,
)

NINE = datetime(2027, 2, 1, 9, 0, tzinfo=UTC).timestamp()
MINUTE = 60.0


def action(name: str, start: float | None, *, put_at: float = 0.0, **values: Any) -> SimpleNamespace:
    """Return an action as moto keeps it, put at ``put_at``."""
    asked = None if start is None else datetime.fromtimestamp(start, UTC).isoformat()
    empty = dict.fromkeys(("end_time", "recurrence", "time_zone", "max_size", "desired_capacity"))
    return SimpleNamespace(
        scheduled_action_name=name,
        auto_scaling_group_name="lab",
        min_size=3,
        asked_start=asked,
        put_at=put_at,
        **{**empty, **values},
    )


def account(*actions: SimpleNamespace, delay: str = "", suspended: Sequence[str] = ()) -> SimpleNamespace:
    """Return a backend with one group, whose actions have been carried out up to a minute before nine."""
    tags = [{"Key": DELAY_TAG, "Value": delay}] if delay else []
    processes = [{"ProcessName": name} for name in suspended]
    group = SimpleNamespace(tags=tags, suspended_processes=processes)
    known = {("lab", each.scheduled_action_name): each for each in actions}
    backend = SimpleNamespace(autoscaling_groups={"lab": group}, scheduled_actions=known)
    acted_until(backend, NINE - MINUTE)
    return backend


def rounds(backend: SimpleNamespace, *moments: float) -> list[list[str]]:
    """Return what is carried out at each of these moments after nine, in seconds."""
    found = []
    for moment in moments:
        found.append([each.name for each in due_until(backend, "lab", NINE + moment)])
        acted_until(backend, NINE + moment)
    return found


@pytest.mark.parametrize(
    ("delay", "carried_out"),
    [
        ("", [["class"], [], [], []]),
        ("90", [[], [], ["class"], []]),
        ("120", [[], [], [], ["class"]]),
        ("500", [[], [], [], ["class"]]),
        ("soon", [["class"], [], [], []]),
    ],
)
def test_the_group_s_tag_says_how_late_within_two_minutes(delay: str, carried_out: list[list[str]]) -> None:
    backend = account(action("class", NINE), delay=delay)
    assert delay_of(backend.autoscaling_groups["lab"]) <= 120
    assert rounds(backend, 0, 60, 90, 120) == carried_out


def test_a_late_action_is_there_until_it_has_acted() -> None:
    backend = account(action("class", NINE), delay="60")
    rounds(backend, 30)
    assert list(actions_of(backend, "lab")) == ["class"]
    rounds(backend, 60)
    assert actions_of(backend, "lab") == {}


def test_a_late_action_that_has_ended_meanwhile_does_nothing() -> None:
    weekly = {"recurrence": "0 9 * * 1", "end_time": datetime.fromtimestamp(NINE + MINUTE, UTC).isoformat()}
    assert rounds(account(action("class", None, **weekly)), 30, 90) == [["class"], []]
    assert rounds(account(action("class", None, **weekly), delay="80"), 30, 90) == [[], []]


def test_an_action_that_is_put_later_does_not_act_for_a_time_before() -> None:
    weekly = action("class", None, put_at=NINE + 30, recurrence="0 9 * * 1")
    assert rounds(account(weekly, delay="60"), 0, 60, 120) == [[], [], []]


def test_suspended_actions_are_not_caught_up_on() -> None:
    backend = account(action("class", NINE), action("later", NINE + 600), suspended=["ScheduledActions"])
    assert rounds(backend, 60) == [[]]
    backend.autoscaling_groups["lab"].suspended_processes = []
    assert rounds(backend, 120, 600) == [[], ["later"]]
