"""The course in columns: minutes go in and come out again, and take little room."""

from hubctl.simulate.timeline import SimulatedMinute, Timeline


def filled(minutes: int) -> Timeline:
    timeline = Timeline()
    for minute in range(minutes):
        counts = (minute, 1, 2, 3, 4, 5, 6)
        timeline.add(minute * 60.0, counts)
        timeline.set_average(None if minute % 2 else 1.5)
    return timeline


def test_minutes_come_out_as_they_went_in() -> None:
    timeline = filled(3)
    first, second, _ = timeline
    assert first == SimulatedMinute(
        time=0,
        sessions=0,
        waiting=1,
        desired=2,
        in_service=3,
        usable=4,
        smallest=5,
        pooled=6,
        average=1.5,
    )
    assert (second.sessions, second.average) == (1, None)
    assert list(timeline.column("sessions")) == [0, 1, 2]
    assert [minute.time for minute in timeline[1:]] == [60, 120]
    assert timeline[-1].time == 120


def test_equal_courses_are_equal() -> None:
    assert filled(4) == filled(4)
    assert filled(4) != filled(5)


def test_a_year_needs_little_room() -> None:
    timeline = filled(1000)
    columns = [timeline.times, timeline.averages, timeline.counts]
    assert sum(len(column) * column.itemsize for column in columns) / 1000 * 366 * 1440 < 30e6
