"""Rosters: what they may say, in which forms, and every mistake with its line."""

from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError
from hubctl.rehearse.roster import read_roster, roster_of

NINE = 9 * 3600.0


def test_times_of_day_and_times_after_the_beginning_are_read() -> None:
    rows, mistakes = roster_of(
        "user,arrival,duration,class\n"
        "ada,08:58,,intro\n"
        "bob,9:01:30,30 min,\n"
        "cem,+90 s,1:30:00,intro\n"
        "dan,-2 min,600,\n"
        "eve,45\n"
        "fay,-01:30\n"
        "gus,+1:00:10\n"
    )
    assert mistakes == []
    assert [row.after(NINE) for row in rows] == [-120, 90, 90, -120, 45, -90, 3610]
    assert [row.duration for row in rows] == [None, 1800, 5400, 600, None, None, None]
    assert [row.group for row in rows] == ["intro", "", "intro", "", "", "", ""]


def test_columns_come_in_any_order_and_spreadsheets_separate_by_semicolons() -> None:
    rows, mistakes = roster_of("Arrival;User\n09:00;ada\n")
    assert not mistakes
    assert (rows[0].user, rows[0].after(NINE)) == ("ada", 0)


def test_around_midnight_the_nearer_day_is_meant() -> None:
    rows, _ = roster_of("user,arrival\nada,23:55\nbob,00:05\n")
    assert [row.after(0.0) for row in rows] == [-300, 300]


def test_every_mistake_is_named_with_its_line() -> None:
    _, mistakes = roster_of(
        "user,arrival,duration\n,09:00,\nada,25:00,\nbob,09:00,long\nbob,09:01,\ncem,,\ndan,+2000 min,60\neve,1,2,3\n"
    )
    assert [line.partition(":")[0] for line in mistakes] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
        "line 6",
        "line 7",
        "line 8",
    ]
    assert "the user is empty" in mistakes[0]
    assert "'25:00' is neither" in mistakes[1]
    assert "'bob' comes in line 4 already" in mistakes[3]
    assert "is empty" in mistakes[4]
    assert "more than a day" in mistakes[5]
    assert "4 columns" in mistakes[6]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lacks user, arrival"),
        ("user\nada\n", "lacks arrival"),
        ("user,arrival,when\n", "not known: when"),
        ("user,arrival,user\n", "twice user"),
        ("user,arrival\n", "no users"),
    ],
)
def test_a_wrong_heading_and_an_empty_file_are_refused(text: str, said: str) -> None:
    assert said in roster_of(text)[1][0]


def test_files_that_cannot_be_read_are_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_roster(tmp_path / "missing.csv")
    (tmp_path / "latin.csv").write_bytes(b"user,arrival\nM\xfcller,09:00\n")
    with pytest.raises(BadInputError, match="line 2"):
        read_roster(tmp_path / "latin.csv")
    (tmp_path / "wrong.csv").write_text("user,arrival\nada,noon\n")
    with pytest.raises(BadInputError, match="line 2: arrival 'noon'"):
        read_roster(tmp_path / "wrong.csv")
