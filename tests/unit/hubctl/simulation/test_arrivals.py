from pathlib import Path

import pytest

from hubctl.errors import BadInputError
from hubctl.simulation.arrivals import Arrival, read_arrivals
from hubctl.simulation.scenarios import SCENARIOS
from hubctl.simulation.suggest import most_at_once

HEADER = "timestamp,user,duration\n"


def written(folder: Path, text: str) -> Path:
    file = folder / "arrivals.csv"
    file.write_text(text)
    return file


def test_dates_count_from_the_full_hour(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "2026-11-02T09:10:00,bo,60\n2026-11-02T09:05:30,ada,5400\n")
    assert read_arrivals(file) == [
        Arrival(time=330, user="ada", duration=5400),
        Arrival(time=600, user="bo", duration=60),
    ]


def test_seconds_count_from_zero(tmp_path: Path) -> None:
    file = written(tmp_path, "\ufeff" + HEADER + '10,"Lovelace, Ada",60.5\n')
    assert read_arrivals(file) == [Arrival(time=10, user="Lovelace, Ada", duration=60.5)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "line 1: the header is nothing"),
        ("when,who\n", "line 1: the header is when,who, not timestamp,user,duration"),
        (HEADER, "no arrivals"),
        (HEADER + "1,ada\n", "line 2: it does not have 3 fields"),
        (HEADER + "1,ada,60,x\n", "line 2: it does not have 3 fields"),
        (HEADER + "1,ada,60\n2,bo,long\n", "line 3: duration 'long'"),
        (HEADER + "1,ada,0\n", "line 2: duration 0 is not above 0"),
        (HEADER + "1,ada,inf\n", "line 2: duration inf"),
        (HEADER + "soon,ada,60\n", "line 2: timestamp 'soon'"),
        (HEADER + "-5,ada,60\n", "line 2: timestamp -5"),
        (HEADER + "1, ,60\n", "line 2: the user is empty"),
        (HEADER + "1,ada,60\n2026-01-01,bo,60\n", "others plain seconds"),
        (HEADER + "2026-01-01T00:00:00Z,ada,60\n2026-01-01,bo,60\n", "time zone"),
        (HEADER + '1,"ada,60\n', "line 2"),
    ],
)
def test_malformed_files_are_refused_with_the_line(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_arrivals(written(tmp_path, text))
    assert named in refused.value.message
    assert refused.value.exit_code == 2


def test_all_malformed_lines_are_named_up_to_a_limit(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        read_arrivals(written(tmp_path, HEADER + "x,ada,60\n" * 30))
    assert "line 2:" in refused.value.message
    assert "line 11:" in refused.value.message
    assert "and 20 more" in refused.value.message


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="cannot be read"):
        read_arrivals(tmp_path / "none.csv")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_seed_decides_a_scenario(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.arrivals(1) == scenario.arrivals(1)
    assert scenario.arrivals(1) != scenario.arrivals(2)
    arrivals = scenario.arrivals(1)
    assert arrivals == sorted(arrivals)
    assert 0 <= arrivals[0].time <= arrivals[-1].time < scenario.seconds


def test_most_users_at_once() -> None:
    assert (
        most_at_once([Arrival(time=0, user="a", duration=10), Arrival(time=10, user="b", duration=10)]) == 1
    )
    assert (
        most_at_once([Arrival(time=0, user="a", duration=11), Arrival(time=10, user="b", duration=10)]) == 2
    )
