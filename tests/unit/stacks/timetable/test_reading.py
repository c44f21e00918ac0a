"""A timetable in YAML: what people write is read as they mean it, and every mistake is named with its line."""

from pathlib import Path

import pytest

from stacks.settings.text_files import EditedFileError
from stacks.timetable.model import LEAD_MINUTES
from stacks.timetable.reading import LARGEST, read_timetable
from stacks.timetable.values import Clock

GOOD = """\
zone: Europe/Berlin
terms:
  winter: {first: 2026-10-12, last: 2027-02-05}
holidays: [2026-11-02, {first: 2026-12-24, last: 2027-01-06, name: Christmas}]
classes:
  - name: Statistics   # unquoted times are times, not numbers of YAML 1.1
    days: [mon, Wednesday]
    start: 9:00
    end: 10:30
    users: 100
    spare: 10
    environment: no
    terms: [winter]
    except: [2026-10-14]
"""


def read(folder: Path, text: str, name: str = "timetable.yaml") -> list[str]:
    """Return the mistakes in a file, without its name."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(EditedFileError) as refused:
        read_timetable(file, name)
    assert all(each.startswith((name, "and ")) for each in refused.value.mistakes)
    assert refused.value.remedy
    return [each.removeprefix(f"{name}, ") for each in refused.value.mistakes]


@pytest.mark.parametrize("name", ["timetable.yaml", "timetable.YML"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_people_write_is_read(tmp_path: Path, name: str, encoding: str) -> None:
    (tmp_path / name).write_text(GOOD, encoding=encoding)
    found = read_timetable(tmp_path / name)
    (entry,) = found.classes
    assert (entry.start, entry.end, entry.days) == (Clock(540), Clock(630), (0, 2))
    assert (entry.environment, entry.spare, found.lead_minutes) == ("no", 10, LEAD_MINUTES)
    assert str(found.dates_of(entry)[0]) == "2026-10-12"
    assert len(found.dates_of(entry)) == 34 - 1 - 1 - 4


def test_the_example_of_the_page_is_read(project: Path, tmp_path: Path) -> None:
    page = (project / "docs/how-to/timetable.md").read_text(encoding="utf-8")
    (tmp_path / "timetable.yaml").write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    found = read_timetable(tmp_path / "timetable.yaml")
    assert [len(found.dates_of(entry)) for entry in found.classes] == [28, 1]


def test_anchors_are_followed(tmp_path: Path) -> None:
    file = tmp_path / "timetable.yaml"
    file.write_text(
        GOOD.replace("[winter]", "&all [winter]")
        + "  - {name: B, days: [tue], start: 9:00, end: 10:00, users: 3, terms: *all}\n"
    )
    assert read_timetable(file).classes[1].terms == ("winter",)


def test_every_mistake_is_named_with_its_place(tmp_path: Path) -> None:
    text = """\
zone: Europe/Berln
lead: 10
terms:
  winter: {first: 2027-02-29, last: 2027-02-05}
  summer: {first: 2027-05-29, last: 2027-02-05}
  long: {first: 2026-05-29, last: 2062-02-05}
holidays: [2026-13-01, x]
classes:
  - name: A
    days: [mon, Wensday]
    start: 9.00
    end: 10:30
    users: "100"
    excpt: []
  - {name: B, days: [mon], start: 10:30, end: 10:00, users: 5}
  - {name: B, start: 10:30, end: 12:00}
"""
    found = read(tmp_path, text)
    assert [each.split("; ")[0] for each in found] == [
        "line 1, column 1: zone = 'Europe/Berln': there is no such time zone",
        "line 4, column 12: terms.winter.first = '2027-02-29': February 2027 has 28 days",
        "line 5, column 3: terms.summer: its last day 2027-02-05 is before its first day 2027-05-29",
        "line 6, column 3: terms.long: from 2026-05-29 to 2062-02-05 are more than 400 days",
        "line 7, column 12: holidays.0 = '2026-13-01': there is no such month",
        "line 7, column 24: holidays.1 = 'x': is not a date such as 2027-02-12",
        "line 10, column 17: classes.0.days.1 = 'Wensday': is not a day of the week",
        "line 11, column 5: classes.0.start = '9.00': is not a time such as \"09:00\"",
        "line 13, column 5: classes.0.users = '100': is not a whole number",
        "line 14, column 5: classes.0.excpt: there is no such key",
        "line 16, column 5: classes.2.users is missing",
        "line 2, column 1: lead: there is no such key",
        "line 15, column 42: classes.1.end = '10:00': is not after the start at 10:30",
    ]
    assert found[-2].endswith("did you mean lead_minutes?")
    assert found[9].endswith("did you mean except?")


def test_classes_are_judged_beside_others_that_are_refused(tmp_path: Path) -> None:
    text = (
        GOOD.replace("users: 100", "users: none")
        + "  - {name: B, days: [tue], start: 9:00, end: 8:00, users: 3, terms: [w]}\n"
    )
    found = read(tmp_path, text)
    assert [each.split(": ")[1].split()[0] for each in found] == [
        "classes.0.users",
        "classes.1.end",
        "classes.1.terms.0",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: it is empty"),
        ("# nothing\n", "it is empty"),
        ("- 1\n", "line 1, column 1: it is a list, not a mapping of keys"),
        ("zone: [\n", "line 2, column 1: it is not YAML"),
        ("zone: a\tb: c\n  d: e", "line 1, column"),
        ("zone: \x07\n", "U+0007 is not a character of a text"),
        ("? [a]\n: b\n", "line 1, column 3: a key is a list or a mapping"),
        ("a: &a [*a]\n", "nested too deeply"),
        ("{" * 3000, "nested too deeply"),
        ("--- 1\n--- 2\n", "it is not YAML"),
        (GOOD + "zone: UTC\n", "line 15, column 1: zone is there twice, first in line 1, column 1"),
        (GOOD.replace("start: 9:00", "start: 9:00\n    start: 8:00"), "classes.0.start is there twice"),
        ("zone: UTC\nclasses: []\n", "line 2, column 1: classes is empty"),
        ("zone: UTC\n", "classes is missing"),
        ("zone: UTC\nclasses:\n", "classes = null: is not a list"),
        (GOOD.replace("users: 100", "users: 10.5"), "is not a whole number"),
        (GOOD.replace("users: 100", "users: '100'"), "is not a whole number; write 100 without quotes"),
        (GOOD.replace("zone: Europe/Berlin", "zone: CET"), "AWS does not take this name"),
        (GOOD.replace("zone: Europe/Berlin", "zone: UTC+1"), "there is no such time zone"),
        (GOOD.replace("users: 100", "users: 100000"), "is above 10000"),
    ],
)
def test_what_is_not_a_timetable_is_said(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in each for each in read(tmp_path, text))


def test_a_file_of_aliases_that_grow_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 100000 values" in read(tmp_path, "\n".join(lines))[0]


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for name, said in (
        ("t.txt", "ends in .yaml, .yml, .ics"),
        ("lost.yaml", "cannot be read"),
        ("big.yaml", "bytes"),
    ):
        file = tmp_path / name
        if name.startswith("big"):
            with file.open("wb") as big:
                big.truncate(LARGEST + 1)
        with pytest.raises(EditedFileError, match=said):
            read_timetable(file)
    (tmp_path / "latin.yaml").write_bytes("zone: Zürich".encode("latin-1"))
    with pytest.raises(EditedFileError, match="is not UTF-8"):
        read_timetable(tmp_path / "latin.yaml")
