"""A stack's own schedule: read from real stacks and from plain resources, and placed in a simulation's time."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hubctl.core.errors import BadInputError
from hubctl.scaling.scheduled import ScheduledAction
from hubctl.simulate.columns import Arrival
from hubctl.simulate.model import DEFAULTS, StackModel
from hubctl.simulate.run import simulate
from hubctl.simulate.schedules import placed, said_of_schedule
from hubctl.simulate.stack_reading import model_of
from stacks.registry import STACK_NAMES

pytestmark = pytest.mark.node
HOUR = 3600.0
BERLIN = ZoneInfo("Europe/Berlin")
# Clocks change on 28 March 2027
TIMETABLE = """\
zone: Europe/Berlin
lead_minutes: 15
terms: {spring: {first: 2027-03-01, last: 2027-04-30}}
classes:
  - {name: Physics, days: [monday], start: 9:00, end: 10:30, users: 30}
  - {name: Exam, dates: [2027-05-11], start: 14:00, end: 16:00, users: 16, spare: 2}
"""


def berlin(*parts: int) -> float:
    return datetime(*parts, tzinfo=BERLIN).timestamp()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., StackModel]:
    """Return ``made(stack, **variables)``: the stack with the classes above, as the simulator reads it."""
    from cdktf import App

    from stacks.app import build_stack
    from stacks.settings.loading import check_context

    folder = tmp_path_factory.mktemp("project")
    (folder / "timetable.yaml").write_text(TIMETABLE)
    settings, mistakes = check_context({"timetable": "timetable.yaml", "warm_pool": "off"}, project=folder)
    assert not mistakes, mistakes
    app = App(stack_traces=False, outdir=str(folder / "out"))
    found = {stack: build_stack(app, settings, stack).to_terraform() for stack in STACK_NAMES}
    return lambda stack, **variables: model_of(found[stack], stack, variables)


def plain(synth: Callable[..., Any], *actions: dict[str, Any]) -> StackModel:
    """Return the Lab with scheduled actions as plain resources, as an adopted state has them."""
    configuration = json.loads(json.dumps(synth("aws-lab", warm_pool="off")))
    (address,) = configuration["resource"]["aws_autoscaling_group"]
    configuration["resource"]["aws_autoscaling_schedule"] = {
        f"action-{number}": {
            "scheduled_action_name": f"action-{number}",
            "autoscaling_group_name": f"${{aws_autoscaling_group.{address}.name}}",
            **action,
        }
        for number, action in enumerate(actions)
    }
    return model_of(configuration, "aws-lab", {})


@pytest.mark.parametrize(("stack", "variables"), [("aws-lab", {}), ("chef-hub", {"hub_max_users": 60})])
def test_a_timetable_is_read_with_the_sizes_that_terraform_reckons(
    made: Callable[..., StackModel], stack: str, variables: dict[str, Any]
) -> None:
    spare = {"aws-lab": "spare_places", "chef-hub": "hub_spare_places"}[stack]
    model = made(stack, **variables, **{spare: 9})  # those come once users arrive
    by_size = {action.name: action for action in model.schedule}
    weekly = by_size["mon-0845-from-2027-03-01"]
    assert (weekly.recurrence, weekly.time_zone) == ("45 8 * * 1", "Europe/Berlin")
    assert weekly.start == berlin(2027, 3, 1, 8, 45)
    assert weekly.min_size == -(-30 // model.places)
    assert by_size["mon-1030-from-2027-03-01"].min_size == model.group.min_size == 1
    (exam,) = [action for action in model.schedule if action.start == berlin(2027, 5, 11, 13, 45)]
    assert (exam.recurrence, exam.min_size) == (None, -(-18 // model.places))


def test_the_ordinary_smallest_size_is_the_least(made: Callable[..., StackModel]) -> None:
    assert {action.min_size for action in made("aws-lab", min_size=9, max_size=9).schedule} == {9}


def test_actions_act_by_the_wall_clock_of_their_zone(made: Callable[..., StackModel]) -> None:
    begin = berlin(2027, 3, 22, 0)
    model = placed(made("aws-lab"), begin, 14 * 24 * HOUR)
    ups = [action.start for action in model.actions if (action.min_size or 0) > 1]
    assert ups == [8.75 * HOUR, (7 * 24 + 8.75 - 1) * HOUR]  # a week with 167 hours
    assert model.group.min_size == 1
    assert all(action.recurrence is None for action in model.actions)


def test_a_simulation_that_begins_in_a_class_begins_with_its_size(made: Callable[..., StackModel]) -> None:
    model = placed(made("aws-lab"), berlin(2027, 3, 29, 9), 4 * HOUR)
    assert model.group.min_size == 4
    assert [(action.start, action.min_size) for action in model.actions] == [(1.5 * HOUR, 1)]
    after = placed(made("aws-lab"), berlin(2027, 3, 29, 12), 4 * HOUR)
    assert (after.group.min_size, after.actions) == (1, ())


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_class_of_the_timetable_does_not_wait(made: Callable[..., StackModel], stack: str) -> None:
    begin = berlin(2027, 3, 8, 8)
    users = [Arrival(time=HOUR + 2.0 * number, user=f"u{number}", duration=HOUR) for number in range(28)]
    model = made(stack)
    outcomes = [
        simulate(one, users, assumptions=DEFAULTS[model.kind], seed=1, seconds=6 * HOUR)
        for one in (placed(model, begin, 6 * HOUR), model)
    ]
    assert outcomes[0].refused == 0
    waits = [outcome.wait(95) or 0 for outcome in outcomes]
    assert waits[0] == 8
    assert waits[1] > 60
    smallest = list(outcomes[0].timeline.column("smallest"))
    assert (smallest[0], max(smallest), smallest[-1]) == (1, -(-30 // model.places), 1)


def test_plain_resources_are_read_too(synth: Callable[..., Any]) -> None:
    model = plain(
        synth,
        {"recurrence": "0 7 * * *", "min_size": 3, "max_size": -1, "desired_capacity": -1},
        {"start_time": "2027-01-05T10:00:00Z", "min_size": 0, "max_size": 9, "desired_capacity": 2},
        {"recurrence": "0 9 * * *", "min_size": 5, "autoscaling_group_name": "another-group"},
    )
    first, second = model.schedule
    assert (first.min_size, first.max_size, first.desired, first.time_zone) == (3, None, None, "UTC")
    moment = datetime(2027, 1, 5, 10, tzinfo=UTC).timestamp()
    assert (second.start, second.max_size, second.desired) == (moment, 9, 2)
    day = placed(model, moment - 4 * HOUR, 24 * HOUR)
    assert [action.start for action in day.actions] == [HOUR, 4 * HOUR]
    assert day.group.min_size == 3  # since yesterday


def test_an_action_that_aws_would_refuse_changes_nothing(synth: Callable[..., Any]) -> None:
    model = plain(synth, {"recurrence": "0 7 * * *", "min_size": 50})
    begin = datetime(2027, 1, 5, 6, tzinfo=UTC).timestamp()
    inside = placed(model, begin, 4 * HOUR)
    assert (inside.group.min_size, len(inside.actions)) == (1, 1)
    users = [Arrival(time=100, user="ada", duration=HOUR)]
    outcome = simulate(inside, users, assumptions=DEFAULTS["lab"], seed=1, seconds=4 * HOUR)
    assert set(outcome.timeline.column("smallest")) == {1}


def test_a_for_each_of_someone_else_is_refused(synth: Callable[..., Any]) -> None:
    with pytest.raises(BadInputError, match=r"for_each '\$\{var\.mine\}' of its scheduled actions"):
        plain(synth, {"for_each": "${var.mine}", "min_size": 3})


def test_it_says_what_part_the_schedule_takes(synth: Callable[..., Any]) -> None:
    begin = datetime(2027, 1, 5, tzinfo=UTC).timestamp()
    daily = ScheduledAction(name="daily", recurrence="0 7 * * *", min_size=3)
    model = replace(plain(synth), schedule=(daily,))
    days = timedelta(days=3).total_seconds()
    assert "act 3 times between 2027-01-05 and 2027-01-08" in said_of_schedule(model, begin, days)
    assert "none of which acts" in said_of_schedule(model, begin, HOUR)
    assert "on no particular days" in said_of_schedule(model, None, days)
    assert said_of_schedule(plain(synth), begin, days) == ""
