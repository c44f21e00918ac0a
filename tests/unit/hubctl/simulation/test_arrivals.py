import time
from pathlib import Path

import pytest

from hubctl.errors import BadInputError
from hubctl.simulation.arrivals import Arrival, one_server_each, read_arrivals
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


def test_columns_stand_in_any_order_beside_others(tmp_path: Path) -> None:
    file = written(tmp_path, "Course, User ,Duration,TIMESTAMP\nstatistics, ada ,60,10\n")
    assert read_arrivals(file) == [Arrival(time=10, user="ada", duration=60)]


def test_dates_without_a_zone_do_not_depend_on_this_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path, HEADER + "2026-10-25T01:30:00,ada,60\n2026-10-25T04:30:00,bo,60\n")
    for zone in ("Asia/Kolkata", "Europe/Berlin"):  # half an hour off; an hour that comes twice
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert [arrival.time for arrival in read_arrivals(file)] == [1800, 12600]
    monkeypatch.undo()
    time.tzset()


def test_a_user_has_one_server_at_a_time() -> None:
    def came(time: float, user: str, duration: float) -> Arrival:
        return Arrival(time=time, user=user, duration=duration)

    arrivals = [came(0, "a", 100), came(50, "b", 10), came(90, "a", 20), came(105, "a", 1), came(200, "a", 5)]
    assert one_server_each(arrivals) == [came(0, "a", 110), came(50, "b", 10), came(200, "a", 5)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "line 1: the header is nothing"),
        ("when,who\n", "line 1: the header is when,who; it has no column timestamp"),
        ("timestamp;user;duration\n", "it has no column user"),
        ("timestamp,user,User,duration\n", "it has 2 columns user"),
        (HEADER, "no arrivals"),
        (HEADER + "1,ada\n", "line 2: it does not have as many fields as the header"),
        (HEADER + "1,ada,60,x\n", "line 2: it does not have as many fields as the header"),
        (HEADER + "1,ada,nan\n", "line 2: duration nan"),
        (HEADER + "1,ada,60\n1e9,bo,60\n", "line 3: this session ends 11574 days after the first arrival"),
        (HEADER + "1,ada,1e12\n", "line 2: this session ends 11574074 days"),
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
