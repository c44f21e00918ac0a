"""The timetable that the settings name: read once for both stacks, and refused with all other mistakes."""

from pathlib import Path

import pytest

from stacks.settings.loading import SettingsError, check_context, load_settings

CLASS = "zone: UTC\nclasses: [{name: A, dates: [2027-02-12], start: 9:00, end: 10:00, users: 5}]\n"


def test_both_stacks_follow_the_same_file(tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans/timetable.yaml").write_text(CLASS, encoding="utf-8")
    settings, mistakes = check_context({"timetable": "plans/timetable.yaml"}, project=tmp_path)
    assert mistakes == []
    assert set(settings.timetables) == {"aws-lab", "chef-hub"}
    assert settings.timetables["aws-lab"] is settings.timetables["chef-hub"]


def test_without_the_setting_there_is_none(tmp_path: Path) -> None:
    assert check_context({}, project=tmp_path)[0].timetables == {}


def test_mistakes_of_the_file_stand_beside_those_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "timetable.yaml").write_text(CLASS.replace("users: 5", "users: 0"), encoding="utf-8")
    context = '{"timetable": "timetable.yaml", "zone_count": 9}'
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path, {"CDKTF_CONTEXT_JSON": context})
    assert [each.split(":")[0] for each in refused.value.mistakes] == [
        "zone_count = 9",
        "timetable = timetable.yaml, line 2, column 67",
    ]


@pytest.mark.parametrize(
    "name", ["/etc/timetable.yaml", "../timetable.yaml", "timetable.txt", "a//b.ics", "~/b.ics"]
)
def test_only_files_inside_the_project_are_taken(tmp_path: Path, name: str) -> None:
    _, mistakes = check_context({"timetable": name}, project=tmp_path)
    assert len(mistakes) == 1
    assert "Give a file inside the project" in mistakes[0]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    _, mistakes = check_context({"timetable": "lost.ics"}, project=tmp_path)
    assert len(mistakes) == 1
    assert "lost.ics cannot be read" in mistakes[0]


def test_what_a_calendar_leaves_out_is_remarked_once(tmp_path: Path) -> None:
    event = "BEGIN:VEVENT\r\nUID:{0}\r\nSUMMARY:{0}\r\n{1}\r\nEND:VEVENT\r\n"
    day = event.format("Holiday", "DTSTART;VALUE=DATE:20261225")
    lesson = event.format("A", "DTSTART:20261012T090000Z\r\nDURATION:PT1H\r\nX-EXPECTED-USERS:5")
    (tmp_path / "t.ics").write_bytes(f"BEGIN:VCALENDAR\r\n{day}{lesson}END:VCALENDAR\r\n".encode())
    settings, mistakes = check_context({"timetable": "t.ics"}, project=tmp_path)
    assert mistakes == []
    assert settings.remarks == (
        "t.ics, line 2: 'Holiday': left out, as it lasts all day and does not bring users",
    )
