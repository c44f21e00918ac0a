"""The quick way through a file says what the careful one says, and leaves alone what it cannot settle."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError
from hubctl.simulate import arrivals
from hubctl.simulate.arrivals import ReadArrivals, one_server_each, read_arrivals
from hubctl.simulate.columns import ArrivalColumns

ROWS = ("ada,5400", "bo,60", '"Lovelace, Ada",3600.5', "cy,90 min", "ada,1:30:00", "bo,PT1H")
STAMPS: dict[str, Sequence[str]] = {
    "iso": ("2026-11-02T09:00:00", "2026-11-02T09:00:00", "2026-11-02 08:59", "2026-11-03T00:00:00.5"),
    "zoned": ("2026-11-02T09:00:00+01:00", "2026-11-02T09:00:00Z", "2026-11-02T23:59:59-05:00"),
    "day first": ("13/04/2026 09:00", "02/04/2026 08:00", "14/04/2026 09:00"),
    "month first": ("04/13/2026 9:00 AM", "04/02/2026 8:00 PM", "04/14/2026 09:00"),
    "dotted": ("02.11.2026 09:00", "01.11.2026 24:00"),
    "named": ("2 Nov 2026 09:00", "Nov 2, 2026 9:00 PM", "Mon, 2 Nov 2026 10:00"),
    "seconds": ("0", "10.5", "3600", "7900000"),
    "since 1970": ("1793610000", "1793610060.25"),
    "milliseconds": ("1793610000000", "1793610060000"),
    "digits": ("20261102090000", "20261102100000"),
}


def outcome(file: Path) -> ReadArrivals | str:
    try:
        return read_arrivals(file)
    except BadInputError as error:
        return error.message


def both_ways(file: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[ReadArrivals | str, ReadArrivals | str]:
    quick = outcome(file)
    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "read_quickly", lambda *_: None)
        return quick, outcome(file)


@pytest.mark.parametrize("kind", STAMPS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_both_ways_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, encoding: str
) -> None:
    stamps = STAMPS[kind]
    rows = [f'"{stamps[number % len(stamps)]}",{row}' for number, row in enumerate(ROWS)]
    file = tmp_path / "arrivals.csv"
    file.write_text("timestamp,user,duration\n" + "\n".join(rows) + "\n\n", encoding)
    quick, careful = both_ways(file, monkeypatch)
    assert isinstance(quick, ReadArrivals)
    assert isinstance(careful, ReadArrivals)
    assert isinstance(quick.arrivals, ArrivalColumns)
    assert list(quick.arrivals) == list(careful.arrivals)
    assert (quick.said, quick.start, quick.zoned) == (careful.said, careful.start, careful.zoned)
    assert list(one_server_each(quick.arrivals)) == list(one_server_each(careful.arrivals))


@pytest.mark.parametrize(
    "row",
    [
        "soon,dee,60",
        "2026-11-02,dee,60",
        "2026-11-02T09:00:00Z,dee,60",
        "2026-11-02T09:00:00,,60",
        "2026-11-02T09:00:00,dee,0",
        "2026-11-02T09:00:00,dee",
        "2026-11-02T09:00:00,dee,60,more",
        "2027-11-02T09:00:00,dee,60",
        "2026-13-02T09:00:00,dee,60",
        '2026-11-02T09:00:00,"dee,60',
    ],
)
def test_a_file_with_an_odd_row_is_read_or_refused_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: str
) -> None:
    file = tmp_path / "arrivals.csv"
    file.write_text(f"timestamp,user,duration\n2026-11-02T08:00:00,ada,60\n{row}\n")
    quick, careful = both_ways(file, monkeypatch)
    if isinstance(quick, ReadArrivals) and isinstance(careful, ReadArrivals):
        assert list(quick.arrivals) == list(careful.arrivals)
    else:
        assert quick == careful


def test_columns_are_a_sequence_of_arrivals(tmp_path: Path) -> None:
    file = tmp_path / "arrivals.csv"
    file.write_text("timestamp,user,duration\n5,bo,60\n2,ada,90\n")
    found = read_arrivals(file).arrivals
    assert [one.user for one in found] == ["ada", "bo"]
    assert found[1:][0].duration == 60
    assert found == list(found)
