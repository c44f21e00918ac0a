"""When alarms are evaluated, and when their actions run."""

from hubctl.scaling.alarms import Alarm, AlarmBoard
from hubctl.scaling.metrics import MetricId, MetricStore, Sample

METRIC = MetricId(namespace="N", name="M")
HIGH = Alarm(name="high", metric=METRIC, comparison="GreaterThanThreshold", threshold=3, actions=("grow",))


def store(*values: float | None) -> MetricStore:
    made = MetricStore()
    for minute, value in enumerate(values):
        if value is not None:
            made.put(METRIC, Sample(minute * 60, value))
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
        metric=METRIC,
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
        [Alarm(name="fast", metric=METRIC, comparison="GreaterThanThreshold", threshold=3, period=10)]
    )
    times = [second for second in range(60, 90, 2) if board.tick(second, store())]
    assert times == [60, 70, 80]


def test_a_changed_alarm_keeps_its_state_and_a_deleted_one_is_forgotten() -> None:
    board = AlarmBoard([HIGH])
    board.tick(61, store(5.0))
    board.put(Alarm(name="high", metric=METRIC, comparison="GreaterThanThreshold", threshold=100))
    assert board.state("high") == "ALARM"
    board.keep_only([])
    assert board.tick(200, store(5.0)) == []
