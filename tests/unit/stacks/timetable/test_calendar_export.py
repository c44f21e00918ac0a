"""Calendars' exports: repetitions with exceptions, time zones by any name, users from where exports have them, mistakes."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from stacks.settings.text_files import EditedFileError
from stacks.timetable.reading import Reading, read_with_remarks
from stacks.timetable.windows import Occurrence, occurrences

BERLIN = """\
BEGIN:VTIMEZONE
TZID:Hörsaal
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
"""
USERS = "X-EXPECTED-USERS:40"
AT = ("DTSTART;TZID=Europe/Berlin:20261012T090000", "DTEND;TZID=Europe/Berlin:20261012T103000")


def event(*lines: str, uid: str = "1", summary: str = "Statistics") -> str:
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VEVENT", ""])


def read(folder: Path, *events: str, head: str = "") -> Reading:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//\n{head}{''.join(events)}END:VCALENDAR\n"
    (folder / "classes.ics").write_bytes(text.replace("\n", "\r\n").encode())
    return read_with_remarks(folder / "classes.ics", "classes.ics")


def met(reading: Reading) -> list[str]:
    return [f"{each.start:%m-%dT%H:%M}/{each.end:%H:%M}" for each in occurrences(reading.timetable)]


def mistakes(folder: Path, *events: str, head: str = "") -> list[str]:
    with pytest.raises(EditedFileError) as refused:
        read(folder, *events, head=head)
    return [each.removeprefix("classes.ics, ") for each in refused.value.mistakes]


def test_a_series_with_exceptions_additions_and_a_moved_meeting(tmp_path: Path) -> None:
    series = event(
        *AT,
        "RRULE:FREQ=WEEKLY;COUNT=5",
        "EXDATE;TZID=Europe/Berlin:20261019T090000",
        "RDATE;TZID=Europe/Berlin:20261014T140000",
        "DESCRIPTION:Room 5\\nusers: 40\\nspare: 3\\nenvironment: r-course",
    )
    moved = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261102T090000",
        "DTSTART;TZID=Europe/Berlin:20261103T110000",
        "DTEND;TZID=Europe/Berlin:20261103T130000",
    )
    cancelled = event(
        "RECURRENCE-ID;TZID=Europe/Berlin:20261109T090000",
        "DTSTART;TZID=Europe/Berlin:20261109T090000",
        "DTEND;TZID=Europe/Berlin:20261109T103000",
        "STATUS:CANCELLED",
    )
    reading = read(tmp_path, series, moved, cancelled)
    assert met(reading) == [
        "10-12T07:00/08:30",
        "10-14T12:00/13:30",
        "10-26T08:00/09:30",
        "11-03T10:00/12:00",
    ]
    assert {(each.users, each.spare, each.environment) for each in occurrences(reading.timetable)} == {
        (40, 3, "r-course")
    }
    assert reading.timetable.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("start", "head"),
    [
        (";TZID=Europe/Berlin:20261012T090000", ""),
        (";TZID=W. Europe Standard Time:20261012T090000", ""),
        (";TZID=Hörsaal:20261012T090000", BERLIN),
        (":20261012T070000Z", ""),
        (":20261012T090000", "X-WR-TIMEZONE:Europe/Berlin\n"),
        (":20261012T090000", "X-WR-TIMEZONE:W. Europe Standard Time\n"),
    ],
)
def test_time_zones_have_names_of_iana_of_windows_or_of_the_file(
    tmp_path: Path, start: str, head: str
) -> None:
    assert met(read(tmp_path, event(f"DTSTART{start}", "DURATION:PT90M", USERS), head=head)) == [
        "10-12T07:00/08:30"
    ]


def test_a_zone_whose_name_aws_does_not_take_is_told_in_another(tmp_path: Path) -> None:
    short = event("DTSTART;TZID=CET:20261012T090000", "DURATION:PT1H", USERS)
    reading = read(tmp_path, short)
    assert (reading.timetable.zone, met(reading)) == ("UTC", ["10-12T07:00/08:00"])
    reading = read(tmp_path, short, event(*AT, USERS, uid="2", summary="Physics"))
    assert (reading.timetable.zone, met(reading)[0]) == ("Europe/Berlin", "10-12T07:00/08:00")


def test_a_series_keeps_its_wall_clock_over_the_change_of_clocks(tmp_path: Path) -> None:
    by_zone = event(*AT, "RRULE:FREQ=WEEKLY;UNTIL=20261102T000000Z", USERS)
    assert met(read(tmp_path, by_zone)) == ["10-12T07:00/08:30", "10-19T07:00/08:30", "10-26T08:00/09:30"]
    own = event("DTSTART;TZID=Hörsaal:20261024T090000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2", USERS)
    assert met(read(tmp_path, own, head=BERLIN)) == ["10-24T07:00/08:00", "10-25T08:00/09:00"]


def test_a_meeting_while_clocks_are_changed_keeps_its_length(tmp_path: Path) -> None:
    night = event("DTSTART:20261025T003000Z", "DTEND:20261025T013000Z", USERS)
    assert met(read(tmp_path, night, head="X-WR-TIMEZONE:Europe/Berlin\n")) == ["10-25T00:30/01:30"]


def test_month_ends_and_leap_days(tmp_path: Path) -> None:
    monthly = event(
        "DTSTART:20280131T090000Z", "DURATION:PT1H", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", USERS
    )
    assert met(read(tmp_path, monthly)) == ["01-31T09:00/10:00", "02-29T09:00/10:00", "03-31T09:00/10:00"]
    over_midnight = event("DTSTART:20280228T230000Z", "DTEND:20280229T010000Z", USERS)
    assert met(read(tmp_path, over_midnight)) == ["02-28T23:00/01:00"]


@pytest.mark.parametrize(
    ("lines", "users"),
    [
        (["X-EXPECTED-USERS:12", "DESCRIPTION:users: 40"], 12),
        (["DESCRIPTION:Participants: 25\\, room 3"], 25),
        (["DESCRIPTION:<b>Size</b>: 9<br>Students = 31<br>"], 31),
        (["COMMENT:expected users: 8."], 8),
        (["ATTENDEE:mailto:a@example.org", "ATTENDEE:mailto:b@example.org"], 2),
        (
            [
                "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org",
                "ATTENDEE;PARTSTAT=DECLINED:mailto:a@example.org",
                "ATTENDEE;PARTSTAT=ACCEPTED:mailto:b@example.org",
            ],
            1,
        ),
    ],
)
def test_users_are_found_where_exports_have_them(tmp_path: Path, lines: list[str], users: int) -> None:
    (entry,) = read(tmp_path, event(*AT, *lines)).timetable.classes
    assert entry.users == users


def test_users_in_the_summary_and_long_lines_that_are_folded(tmp_path: Path) -> None:
    (entry,) = read(
        tmp_path, event(*AT, "DESCRIPTION:a long text", " \\nus", " ers: 17", summary="Lab (size: 17)")
    ).timetable.classes
    assert (entry.name, entry.users) == ("Lab (size: 17)", 17)


def test_what_is_not_a_class_is_left_out_with_a_word(tmp_path: Path) -> None:
    holiday = event("DTSTART;VALUE=DATE:20261225", uid="2", summary="Christmas")
    meeting = event(*AT, "X-EXPECTED-USERS:0", uid="3", summary="Staff")
    gone = event(*AT, "STATUS:CANCELLED", uid="4", summary="Old")
    reading = read(tmp_path, event(*AT, USERS), holiday, meeting, gone)
    assert [each.name for each in reading.timetable.classes] == ["Statistics"]
    assert reading.remarks == (
        "classes.ics, line 11: 'Christmas': left out, as it lasts all day and does not bring users",
        "classes.ics, line 16: 'Staff': left out, as it expects no users",
        "classes.ics, line 23: 'Old': left out, as it is cancelled",
    )


def test_groups_that_meet_at_once_are_told_apart_by_their_rooms(tmp_path: Path) -> None:
    groups = [event(*AT, USERS, f"LOCATION:Room {number}", uid=str(number)) for number in (1, 2)]
    reading = read(tmp_path, *groups)
    assert [each.name for each in reading.timetable.classes] == ["Statistics (Room 1)", "Statistics (Room 2)"]


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path,
        event(*AT, summary="No users"),
        event(*AT, "DESCRIPTION:users: forty", uid="2", summary="Words"),
        event(*AT, "DESCRIPTION:users: 4\\nstudents: 5", uid="3", summary="Two"),
        event(*AT, USERS, "RRULE:FREQ=WEEKLY", uid="4", summary="Endless"),
        event(*AT, USERS, "RRULE:FREQ=MINUTELY;COUNT=9", uid="5", summary="Minutes"),
        event("DTSTART;TZID=Nirvana:20261012T090000", "DURATION:PT1H", USERS, uid="6", summary="Zone"),
        event("DTSTART:20261012T090000", "DURATION:PT1H", USERS, uid="7", summary="Floating"),
        event("DTSTART:2026xx12T090000Z", "DURATION:PT1H", USERS, uid="8", summary="Date"),
        event("DTSTART;VALUE=DATE:20261012", USERS, uid="9", summary="All day"),
        event(AT[0], "DTEND;TZID=Europe/Berlin:20261012T080000", USERS, uid="10", summary="Backwards"),
        event(*AT, "X-EXPECTED-USERS:99999", uid="11", summary="Crowd"),
        event(USERS, uid="12", summary="Never"),
        event(AT[0], USERS, uid="13", summary="Open"),
    )
    said = {each.split("'")[1]: each for each in found}
    expected = {
        "No users": "it does not say how many users come",
        "Words": "'forty' is not a whole number of users",
        "Two": "several numbers: 4, 5",
        "Endless": "repeats without an end",
        "Minutes": "repeats MINUTELY",
        "Zone": "time zone Nirvana of DTSTART",
        "Floating": "does not have a time zone",
        "Date": "DTSTART",
        "All day": "lasts all day: give it a start and an end",
        "Backwards": "not after its start",
        "Never": "does not say when it begins",
        "Open": "does not say when it ends",
    }
    assert {name: text for name, text in expected.items() if text not in said.get(name, "")} == {}
    assert [each.split(":")[0] for each in found[:2]] == ["line 4", "line 10"]


def test_a_folder_of_zones_is_not_a_zone(tmp_path: Path) -> None:
    found = mistakes(tmp_path, event("DTSTART;TZID=Europe:20261012T090000", "DURATION:PT1H", USERS))
    assert found == ["line 7: the time zone 'Europe' is not known"]


def test_values_that_the_schema_refuses_are_named_with_their_event(tmp_path: Path) -> None:
    found = mistakes(tmp_path, event(*AT, "X-EXPECTED-USERS:99999"), event(*AT, USERS, uid="2", summary="B"))
    assert len(found) == 1
    assert found[0].startswith("line 4: 'Statistics': users = 99999")


def test_the_same_event_twice_is_a_mistake(tmp_path: Path) -> None:
    found = mistakes(tmp_path, event(*AT, USERS), event(*AT, USERS, uid="2"))
    assert [each.split(":")[0] for each in found] == ["line 11"]
    assert "meets at the same time as an earlier class" in found[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is not an iCalendar export"),
        ("zone: UTC\n", "it is not an iCalendar export"),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\n", "does not hold any events"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", "it is not an iCalendar export"),
    ],
)
def test_what_is_not_a_calendar_is_said(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "classes.ics").write_text(text, encoding="utf-8")
    with pytest.raises(EditedFileError, match=said):
        read_with_remarks(tmp_path / "classes.ics")


def test_the_lead_time_of_a_calendar(tmp_path: Path) -> None:
    assert read(tmp_path, event(*AT, USERS), head="X-LEAD-MINUTES:25\n").timetable.lead_minutes == 25
    assert "lead_minutes" in mistakes(tmp_path, event(*AT, USERS), head="X-LEAD-MINUTES:soon\n")[0]


def test_meetings_are_aware_moments(tmp_path: Path) -> None:
    (found,) = occurrences(read(tmp_path, event(*AT, USERS)).timetable)
    assert found == Occurrence(
        name="Statistics",
        start=datetime(2026, 10, 12, 7, tzinfo=UTC),
        end=datetime(2026, 10, 12, 8, 30, tzinfo=UTC),
        users=40,
    )
