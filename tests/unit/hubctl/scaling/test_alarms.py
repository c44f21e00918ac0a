"""Alarms: the worked examples of the CloudWatch user guide as tables, and when evaluations and actions run."""

from typing import Any, get_args

import pytest

from hubctl.scaling.alarms import Alarm, AlarmBoard, AlarmState, Treatment, alarm_verdict, data_points
from hubctl.scaling.metrics import MetricId, MetricStore, Sample

SESSIONS = MetricId(namespace="JupyterHub/Lab", name="UserSessions")
KEEP = "keep"


def alarm(**changes: Any) -> Alarm:
    settings: dict[str, Any] = {
        "name": "high",
        "metric": SESSIONS,
        "comparison": "GreaterThanThreshold",
        "threshold": 3.0,
        "evaluation_periods": 3,
    }
    return Alarm(**(settings | changes))


def points(drawing: str) -> list[float | None]:
    return [{"-": None, "X": 9.0, "0": 1.0}[mark] for mark in drawing.split()]


# Points, then the state when missing data are missing, ignored, breaching, not breaching.
# alarms-and-missing-data.html, first table: 3 out of 3, evaluation range 5
THREE_OF_THREE = [
    ("0 - X - X", "OK", "OK", "OK", "OK"),
    ("0 - - - -", "OK", "OK", "OK", "OK"),
    ("- - - - -", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    ("0 X X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("- - X - -", "ALARM", KEEP, "ALARM", "OK"),
    # Rows of earlier editions of that table, and the points of "Avoiding premature transitions"
    ("X - - - -", "ALARM", KEEP, "ALARM", "OK"),
    ("- - - - X", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    ("- - - X -", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
    ("- - - X 0", "OK", "OK", "OK", "OK"),
    ("- - X - 0", "OK", "OK", "OK", "OK"),
]
# Second table: 2 out of 3, evaluation range 5
TWO_OF_THREE = [
    ("0 - X - X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 0 X 0 X", "ALARM", "ALARM", "ALARM", "ALARM"),
    ("0 - X - -", "OK", "OK", "ALARM", "OK"),
    ("- - - - 0", "OK", "OK", "ALARM", "OK"),
    ("- - - X -", "ALARM", KEEP, "ALARM", "OK"),
    ("- - - - X", "INSUFFICIENT_DATA", KEEP, "ALARM", "OK"),
]
CASES = [
    pytest.param(needed, drawing, treatment, expected, id=f"{needed} of 3: {drawing} as {treatment}")
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for drawing, *row in table
    for treatment, expected in zip(("missing", "ignore", "breaching", "notBreaching"), row, strict=True)
]


@pytest.mark.parametrize(("needed", "drawing", "treatment", "expected"), CASES)
@pytest.mark.parametrize("before", get_args(AlarmState))
def test_the_documented_tables(
    needed: int, drawing: str, treatment: Treatment, expected: str, before: AlarmState
) -> None:
    judged = alarm_verdict(alarm(datapoints=needed, missing=treatment), points(drawing), before)
    assert judged.state == (before if expected == KEEP else expected)


def test_the_figure_of_the_user_guide() -> None:
    # alarm-evaluation.html: threshold 3, three of three.
    # Above in the third to fifth period, below in the sixth, above in the ninth.
    values = [2.0, 2.0, 4.0, 4.0, 4.0, 2.0, 2.0, 2.0, 4.0, 2.0]
    states: list[AlarmState] = []
    for end in range(1, len(values) + 1):
        known: list[float | None] = [None] * max(0, 5 - end) + list(values[max(0, end - 5) : end])
        states.append(alarm_verdict(alarm(), known, states[-1] if states else "INSUFFICIENT_DATA").state)
    assert states == ["OK"] * 4 + ["ALARM"] + ["OK"] * 5


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanThreshold", ["OK", "OK", "ALARM"]),
        ("GreaterThanOrEqualToThreshold", ["OK", "ALARM", "ALARM"]),
        ("LessThanThreshold", ["ALARM", "OK", "OK"]),
        ("LessThanOrEqualToThreshold", ["ALARM", "ALARM", "OK"]),
    ],
)
def test_comparisons(comparison: str, states: list[str]) -> None:
    compared = alarm(comparison=comparison, evaluation_periods=1)
    assert [alarm_verdict(compared, [value], "OK").state for value in (2.0, 3.0, 4.0)] == states


def test_data_points_are_the_statistic_of_each_full_minute() -> None:
    store = MetricStore()
    for second, value in ((0, 1.0), (59, 3.0), (60, 8.0), (185, 5.0)):
        store.put(SESSIONS, Sample(second, value))
    assert data_points(alarm(), store, 190.0) == [None, None, 2.0, 8.0, None]
    assert data_points(alarm(statistic="Maximum"), store, 190.0) == [None, None, 3.0, 8.0, None]
    assert data_points(alarm(), store, 240.0)[-1] == 5.0


def test_a_longer_period_slides_by_the_minute() -> None:
    store = MetricStore()
    for minute in range(12):
        store.put(SESSIONS, Sample(minute * 60, float(minute)))
    five = alarm(period=300, evaluation_periods=1)
    assert data_points(five, store, 360.0)[-1] == 3.0  # minutes 1 to 5
    assert data_points(five, store, 420.0)[-1] == 4.0  # minutes 2 to 6


def test_the_verdict_says_why_and_carries_the_newest_value() -> None:
    judged = alarm_verdict(alarm(datapoints=2), [None, 5.0, 1.0, None, 7.5], "OK")
    assert judged.newest == 7.5
    assert judged.reason == (
        "Threshold GreaterThanThreshold 3: 2 of the last 3 data points [7.5, 1, 5] breach (needed: 2)"
    )
    assert alarm_verdict(alarm(), points("- - - - -"), "OK").newest is None


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"comparison": "NotEqual"}, "NotEqual"),
        ({"datapoints": 4}, "4 of 3"),
        ({"datapoints": 0}, "0 of 3"),
        ({"period": 90}, "90 s"),
        ({"period": 1800, "evaluation_periods": 49}, "more than a day"),
    ],
)
def test_alarms_that_aws_would_refuse(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        alarm(**changes)


ANY_METRIC = MetricId(namespace="N", name="M")
HIGH = Alarm(
    name="high", metric=ANY_METRIC, comparison="GreaterThanThreshold", threshold=3, actions=("grow",)
)


def store(*values: float | None) -> MetricStore:
    made = MetricStore()
    for minute, value in enumerate(values):
        if value is not None:
            made.put(ANY_METRIC, Sample(minute * 60, value))
    return made


def test_a_new_alarm_lacks_data_and_is_evaluated_at_once() -> None:
    board = AlarmBoard([HIGH])
    assert board.state("high") == "INSUFFICIENT_DATA"
    (evaluation,) = board.tick(70, store(5.0))
    assert (evaluation.before, evaluation.verdict.state) == ("INSUFFICIENT_DATA", "ALARM")
    assert evaluation.changed
    assert evaluation.acts


def test_auto_scaling_actions_are_repeated_every_minute_while_in_alarm() -> None:
    board = AlarmBoard([HIGH])
    metrics = store(5.0, 5.0, 5.0, 1.0, 5.0)
    acts = [
        (second, evaluation.acts, evaluation.changed)
        for second in range(61, 400, 20)
        for evaluation in board.tick(second, metrics)
    ]
    assert acts == [
        (61, True, True),
        (121, True, False),
        (181, True, False),
        (241, False, True),
        (301, True, True),
        (361, True, False),  # the last data point again: the metric has stopped
    ]


def test_disabled_actions_do_not_run() -> None:
    quiet = Alarm(
        name="q",
        metric=ANY_METRIC,
        comparison="GreaterThanThreshold",
        threshold=3,
        actions=("grow",),
        actions_enabled=False,
    )
    (evaluation,) = AlarmBoard([quiet]).tick(61, store(5.0))
    assert evaluation.verdict.state == "ALARM"
    assert not evaluation.acts


def test_a_state_set_by_hand_lasts_until_the_next_evaluation() -> None:
    board = AlarmBoard([HIGH])
    metrics = store(1.0, 1.0, 1.0)
    board.tick(61, metrics)
    evaluation = board.set_state("high", "ALARM", (9.0,), 70)
    assert evaluation.acts
    assert evaluation.verdict.newest == 9.0
    assert not board.set_state("high", "ALARM", (), 75).acts  # no change
    assert board.tick(80, metrics) == []
    assert board.state("high") == "ALARM"
    board.tick(121, metrics)
    assert board.state("high") == "OK"


def test_high_resolution_alarms_are_evaluated_every_ten_seconds() -> None:
    board = AlarmBoard(
        [Alarm(name="fast", metric=ANY_METRIC, comparison="GreaterThanThreshold", threshold=3, period=10)]
    )
    times = [second for second in range(60, 90, 2) if board.tick(second, store())]
    assert times == [60, 70, 80]


def test_a_changed_alarm_keeps_its_state_and_a_deleted_one_is_forgotten() -> None:
    board = AlarmBoard([HIGH])
    board.tick(61, store(5.0))
    board.put(Alarm(name="high", metric=ANY_METRIC, comparison="GreaterThanThreshold", threshold=100))
    assert board.state("high") == "ALARM"
    board.keep_only([])
    assert board.tick(200, store(5.0)) == []
