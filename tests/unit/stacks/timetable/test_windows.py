"""How many places are up when: lead times, overlaps, classes that follow each other, and days on which clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from stacks.timetable.windows import SHORTEST_DIP, occurrences, windows
from tests.support.timetables import minutes, needed_at, timetable, up_at

LEAD = timedelta(minutes=15)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shape(*classes: dict[str, object], **given_: object) -> list[tuple[str, str, int, int]]:
    found = windows(timetable(*({"dates": ["2026-10-12"], **each} for each in classes), zone="UTC", **given_))
    return [(f"{each.start:%H:%M}", f"{each.end:%H:%M}", each.users, each.spare) for each in found]


def test_capacity_is_up_a_lead_time_before() -> None:
    assert shape({"name": "A", "spare": 4}) == [("08:45", "10:30", 100, 4)]
    assert shape({"name": "A"}, lead_minutes=0) == [("09:00", "10:30", 100, 0)]


def test_overlapping_classes_add_up() -> None:
    assert shape({"name": "A"}, {"name": "B", "start": "10:00", "end": "11:00", "users": 50}) == [
        ("08:45", "09:45", 100, 0),
        ("09:45", "10:30", 150, 0),
        ("10:30", "11:00", 50, 0),
    ]


def test_classes_back_to_back_do_not_bounce() -> None:
    assert shape({"name": "A"}, {"name": "B", "start": "10:30", "end": "12:00", "users": 80}) == [
        ("08:45", "10:30", 100, 0),
        ("10:30", "12:00", 80, 0),
    ]
    assert shape({"name": "A"}, {"name": "B", "start": "11:15", "end": "12:00"}) == [
        ("08:45", "12:00", 100, 0)
    ]
    assert shape({"name": "A"}, {"name": "B", "start": "11:16", "end": "12:00"}) == [
        ("08:45", "10:30", 100, 0),
        ("11:01", "12:00", 100, 0),
    ]


def test_windows_name_their_classes() -> None:
    found = windows(
        timetable(
            {"name": "A", "dates": ["2026-10-12"]},
            {"name": "B", "dates": ["2026-10-12"], "start": "11:10", "end": "12:00", "users": 20},
            {"name": "C", "dates": ["2026-10-13"]},
            zone="UTC",
        )
    )
    # B's places stay up in the short pause before it
    assert [(f"{each.start:%H:%M}", each.names) for each in found] == [
        ("08:45", ("A",)),
        ("10:30", ("B",)),
        ("08:45", ("C",)),
    ]


def test_a_part_of_the_time_is_cut_out() -> None:
    found = timetable({"name": "A", "days": ["monday"]}, zone="UTC")
    first, last = at("2026-10-19T09:30"), at("2026-10-26T09:00")
    assert [(each.start, each.end) for each in windows(found, first, last)] == [
        (first, at("2026-10-19T10:30")),
        (at("2026-10-26T08:45"), last),
    ]
    assert [each.start for each in occurrences(found, first, last)] == [at("2026-10-19T09:00")]


def test_wall_clock_times_hold_over_the_change_of_clocks() -> None:
    found = timetable({"name": "A", "days": ["friday", "monday"]})
    starts = [each.start for each in occurrences(found, at("2026-10-22T00:00"), at("2026-10-27T00:00"))]
    assert starts == [at("2026-10-23T07:00"), at("2026-10-26T08:00")]


def test_a_class_while_clocks_change_is_covered_whole() -> None:
    back = timetable({"name": "A", "dates": ["2026-10-25"], "start": "01:30", "end": "02:30"})
    assert [(each.start, each.end) for each in windows(back)] == [
        (at("2026-10-24T23:15"), at("2026-10-25T01:30"))
    ]
    forward = timetable({"name": "A", "dates": ["2027-03-28"], "start": "02:30", "end": "03:15"})
    assert [(each.start, each.end) for each in windows(forward)] == [
        (at("2027-03-28T01:15"), at("2027-03-28T02:15"))
    ]


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "dates": st.lists(
                st.sampled_from(["2026-10-24", "2026-10-25", "2027-03-28", "2028-02-29"]),
                min_size=1,
                max_size=3,
                unique=True,
            ),
            "begin": st.integers(0, 1439),
            "length": st.integers(1, 600),
            "users": st.integers(1, 300),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(entries=ENTRIES, lead=st.integers(0, 120))
def test_every_class_is_covered_and_no_more_than_that(entries: list[dict[str, object]], lead: int) -> None:
    classes = []
    for number, entry in enumerate(entries):
        begin, length = int(str(entry.pop("begin"))), int(str(entry.pop("length")))
        end = begin + length
        clocks = {"start": f"{begin // 60:02}:{begin % 60:02}", "end": f"{end // 60:02}:{end % 60:02}"}
        classes.append({"name": f"class {number}", **clocks, **entry})
    table = timetable(*classes, lead_minutes=lead)
    ahead = timedelta(minutes=lead)
    found, up = occurrences(table), windows(table)
    for before, after in pairwise(up):
        assert before.end <= after.start
        gap = after.start - before.end
        assert gap == timedelta() or gap > SHORTEST_DIP
    for each in found:
        for moment in minutes(each.start - ahead, each.end):
            assert up_at(moment, up) >= each.users
            assert up_at(moment, up) >= needed_at(moment, found)
    edges = sorted({moment for each in found for moment in (each.start, each.end)})
    for window in up:
        assert window.names
        near = [
            edge for edge in edges if window.start - SHORTEST_DIP <= edge <= window.end + ahead + SHORTEST_DIP
        ]
        most = max(needed_at(moment, found) for moment in (window.start - SHORTEST_DIP, window.start, *near))
        assert window.users <= most
