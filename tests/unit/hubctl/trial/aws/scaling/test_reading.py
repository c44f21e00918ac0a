from datetime import UTC, datetime

from hubctl.trial.aws.scaling.reading import Clock, epoch


def test_time_runs_faster_from_the_start_on() -> None:
    real = iter([1000.0, 1010.0])
    clock = Clock(30, real=lambda: next(real))
    assert clock.now() == 1300.0
    assert clock.at(990.0) == 700.0  # what was published before
    assert clock.real_seconds(60) == 2.0


def test_a_moment_without_a_zone_is_utc() -> None:
    assert epoch(datetime(2026, 1, 1)) == epoch(datetime(2026, 1, 1, tzinfo=UTC)) == 1767225600.0
