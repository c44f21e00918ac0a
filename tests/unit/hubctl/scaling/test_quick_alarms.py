"""Quick evaluation says what the ordinary one says, whatever is published and missing."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubctl.scaling.alarms import Alarm, AlarmBoard, MetricQuery
from hubctl.scaling.metrics import MetricId, MetricStore, Sample
from hubctl.scaling.quick_alarms import QuickAlarmBoard
from hubctl.simulate.samples import SimulatedMetrics

SESSIONS = MetricId(namespace="N", name="sessions")
FREE = MetricId(namespace="N", name="free")
SPARE = Alarm(
    name="spare",
    metric=FREE,
    comparison="LessThanThreshold",
    threshold=4,
    statistic="Sum",
    missing="breaching",
    actions=("spare-up",),
)
LOW = Alarm(
    name="low",
    metric=SESSIONS,
    comparison="LessThanOrEqualToThreshold",
    threshold=3,
    evaluation_periods=5,
    missing="notBreaching",
    actions=("down",),
    queries=(MetricQuery(id="sessions", metric=SESSIONS), MetricQuery(id="free", metric=FREE)),
    expression="IF(free < 4, 3, sessions)",
)


HIGH = Alarm(
    name="high",
    metric=SESSIONS,
    comparison="GreaterThanOrEqualToThreshold",
    threshold=5,
    evaluation_periods=3,
    datapoints=2,
    actions=("up",),
)
SLOW, FINE = replace(HIGH, name="slow", period=300), replace(HIGH, name="fine", period=10)
Said = list[tuple[str, float, str, float | None]]


def acting(alarms: list[Alarm], seed: int, *, delay: float, gaps: float) -> tuple[Said, Said]:
    """Let random values be published for hours; return what acts, as the ordinary board and the quick one say it."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    boards = AlarmBoard(alarms), QuickAlarmBoard(alarms)
    store, metrics = MetricStore(), SimulatedMetrics(delay, min(60, *(alarm.period for alarm in alarms)))
    coming: list[tuple[float, MetricId, float]] = []
    published = 0.0
    found: tuple[Said, Said] = [], []
    for minute in range(120):
        now = minute * 60 + 4.5
        while published < now:
            published += dice.uniform(5, 40)
            if dice.random() < gaps and int(published // 600) % 2:
                continue  # ten minutes with gaps, ten without
            for metric in (SESSIONS, FREE):
                value = float(dice.randrange(9))
                coming.append((published, metric, value))
                metrics.publish(metric, published, [value])
        for one in [one for one in coming if one[0] + delay < now]:
            coming.remove(one)
            store.put(one[1], Sample(one[0], one[2]))
        metrics.collect(now)
        for said, evaluated in zip(
            found, (boards[0].tick(now, store), boards[1].tick(now, metrics)), strict=True
        ):
            said += [
                (each.alarm.name, now, each.verdict.state, each.verdict.newest)
                for each in evaluated
                if each.acts
            ]
        assert len({tuple(board.state(alarm.name) for alarm in alarms) for board in boards}) == 1
    return found


@settings(deadline=None, max_examples=20)
@given(
    seed=st.integers(0, 10_000),
    delay=st.sampled_from([0.0, 15.0, 130.0]),
    gaps=st.sampled_from([0.0, 0.7, 1.0]),
)
def test_it_says_what_the_ordinary_board_says(seed: int, delay: float, gaps: float) -> None:
    plain, quick = acting([HIGH, LOW, SPARE, SLOW], seed, delay=delay, gaps=gaps)
    assert quick == plain


def test_alarms_of_ten_seconds_too() -> None:
    plain, quick = acting([FINE, HIGH], 3, delay=15, gaps=0.2)
    assert quick == plain
    assert {name for name, *_ in quick} == {"fine", "high"}


def test_something_acts_at_all() -> None:
    assert len(acting([HIGH, LOW, SPARE], 1, delay=15, gaps=0.5)[1]) > 20


@pytest.mark.parametrize("make", [AlarmBoard, QuickAlarmBoard])
def test_a_changed_alarm_is_evaluated_by_its_new_threshold(make: Callable[..., AlarmBoard]) -> None:
    board, store = make([HIGH]), MetricStore()
    for minute in range(6):
        store.put(SESSIONS, Sample(minute * 60 + 1, 4.0))
    assert [each for each in board.tick(362, store) if each.acts] == []
    board.put(replace(HIGH, threshold=4))
    assert [each.alarm.threshold for each in board.tick(423, store) if each.acts] == [4]
    board.keep_only([])
    assert board.tick(482, store) == []


def test_an_idle_alarm_is_looked_at_once_something_may_come_of_it() -> None:
    idle = True
    board, metrics = QuickAlarmBoard([HIGH], idle=lambda _alarm: idle), SimulatedMetrics(0)
    for minute in range(9):
        metrics.publish(SESSIONS, minute * 60 + 1, [9.0])
        metrics.collect(minute * 60 + 2)
        assert board.tick(minute * 60 + 3, metrics) == []
    idle = False
    (evaluation,) = board.tick(9 * 60 + 3, metrics)
    assert (evaluation.alarm, evaluation.verdict.newest) == (HIGH, 9)
