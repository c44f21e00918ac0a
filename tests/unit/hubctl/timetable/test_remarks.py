"""What is said of a week: classes that do not fit, actions that come late, clocks, and ends."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from hubctl.scaling.warm_pool import WarmPoolSettings
from hubctl.timetable.remarks import Remark, remarks
from tests.unit.hubctl.timetable.conftest import MONDAY, Weeks

LONG = {"winter": {"first": "2026-10-12", "last": "2027-06-30"}}


def said(week: Weeks, *classes: dict[str, Any], today: date = MONDAY, **given: Any) -> dict[str, list[str]]:
    shown, stacks = week(*classes, **{"terms": LONG, **given})
    found: dict[str, list[str]] = {}
    for remark in remarks(shown, stacks, today):
        found.setdefault(remark.kind, []).append(f"{remark.stack}: {remark.sentence}")
    return found


def test_nothing_to_say(week: Weeks) -> None:
    assert said(week) == {}


def test_a_class_that_the_group_cannot_hold(week: Weeks) -> None:
    lab, hub = said(week, largest=10)["larger than the group"]
    assert lab == (
        "aws-lab: the group has at most 10 instances with 90 places, too few for Machine learning and Statistics "
        "(Mon 30 Nov 09:45, 140 users), Statistics (Mon 30 Nov 08:45, 100 users): set max_size to 16, or choose a larger "
        "instance_type"
    )
    assert "set worker_max_size to 20" in hub


def test_more_users_than_the_hub_lets_in(week: Weeks) -> None:
    (sentence,) = said(week, max_users=50, stacks=["chef-hub"])["more users than the hub takes"]
    assert sentence.startswith(
        "chef-hub: hub_max_users lets 50 users in, too few for Machine learning and Statistics"
    )
    assert sentence.count("users)") == 2


def without_pools(week: Weeks, **given: Any) -> list[Remark]:
    shown, stacks = week(terms=LONG, **given)
    cold = [
        replace(each, model=replace(each.model, group=replace(each.model.group, warm_pool=None)))
        for each in stacks
    ]
    return [each for each in remarks(shown, cold, MONDAY) if each.kind == "short lead time"]


def test_a_lead_time_that_is_too_short(week: Weeks) -> None:
    lab, hub = without_pools(week, lead_minutes=3)
    assert lab.sentence.startswith("lead_minutes 3 is shorter than the 4.0 minutes")
    assert hub.sentence.startswith("lead_minutes 3 is shorter than the 7.5 minutes")
    assert without_pools(week, lead_minutes=3, smallest=30) == []
    assert without_pools(week, lead_minutes=8) == []


def test_instances_of_a_warm_pool_need_less_time(week: Weeks) -> None:
    shown, (lab, _) = week(lead_minutes=3, terms=LONG)
    cold, warm = (
        replace(lab, model=replace(lab.model, group=replace(lab.model.group, warm_pool=pool)))
        for pool in (None, WarmPoolSettings(min_size=2))
    )
    kinds = [[remark.kind for remark in remarks(shown, [each], MONDAY)] for each in (cold, warm)]
    assert kinds == [["short lead time"], []]


def test_changes_within_two_minutes_of_each_other(week: Weeks) -> None:
    near = [
        {"name": "a", "days": ["mon"], "start": "09:00", "end": "10:30"},
        {"name": "b", "days": ["mon"], "start": "09:01", "end": "12:00"},
    ]
    (sentence,) = said(week, *near)["changes too near each other"]
    assert "Mon 30 Nov 08:45 and at Mon 30 Nov 08:46" in sentence
    near[1]["start"] = "09:02"
    assert "changes too near each other" not in said(week, *near)


@pytest.mark.parametrize(
    ("first", "named"),
    [
        (
            date(2026, 10, 19),
            "on Sunday 25 October the clocks of Europe/Berlin go back by 60 minutes: the day has 25 hours",
        ),
        (
            date(2027, 3, 22),
            "on Sunday 28 March the clocks of Europe/Berlin go forward by 60 minutes: the day has 23 hours",
        ),
    ],
)
def test_clocks_that_change(week: Weeks, first: date, named: str) -> None:
    (sentence,) = said(week, first=first, today=first)["clocks change"]
    assert named in sentence


@pytest.mark.parametrize(
    ("last", "soon"),
    [("2026-12-18", True), ("2026-12-27", True), ("2026-12-28", False), ("2026-11-29", False)],
)
def test_a_term_that_ends_soon(week: Weeks, last: str, soon: bool) -> None:
    terms = {**LONG, "autumn": {"first": "2026-10-12", "last": last}}
    assert ("a term ends soon" in said(week, terms=terms)) == soon


def test_a_timetable_that_has_ended(week: Weeks) -> None:
    terms = {"autumn": {"first": "2026-10-12", "last": "2026-11-20"}}
    (sentence,) = said(week, terms=terms)["the timetable ends"]
    assert "its last class is on 2026-11-19: " in sentence


def test_classes_beyond_the_horizon(week: Weeks) -> None:
    far = {"name": "far", "dates": ["2028-03-01", "2028-03-08"]}
    (sentence,) = said(week, {"name": "a", "days": ["mon"]}, far)["beyond the horizon"]
    assert sentence.startswith(
        "None: 2 meetings from 2028-03-01 on are more than 400 days ahead, and a plan refuses them"
    )
