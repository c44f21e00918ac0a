import time
from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError
from hubctl.simulate.arrivals import Arrival, one_server_each
from hubctl.simulate.arrivals import read_arrivals as read_file
from hubctl.simulate.scenarios import SCENARIOS
from hubctl.simulate.suggest import most_at_once

HEADER = "timestamp,user,duration\n"


def read_arrivals(file: Path) -> list[Arrival]:
    return list(read_file(file).arrivals)


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


@pytest.mark.parametrize(
    ("stamp", "start", "zoned"),
    [
        ("2026-11-02T09:10:00", 1793610000, False),
        ("2026-11-02T10:10:00+01:00", 1793610000, True),
        ("1793610600", 1793610000, True),
        ("46328.381944444", 1793610000, False),
        ("600", None, False),
    ],
)
def test_it_is_known_when_the_file_begins(
    tmp_path: Path, stamp: str, start: float | None, zoned: bool
) -> None:
    found = read_file(written(tmp_path, f"{HEADER}{stamp},ada,60\n"))
    assert (found.start, found.zoned) == (start, zoned)
    assert found.arrivals[0].time == pytest.approx(600)


def test_more_days_may_be_read(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "2026-01-05T09:00:00,ada,60\n2026-11-02T09:00:00,bo,60\n")
    with pytest.raises(BadInputError, match="at most 92 are read"):
        read_file(file)
    assert len(read_file(file, longest_days=400).arrivals) == 2


def test_a_user_has_one_server_at_a_time() -> None:
    def came(time: float, user: str, duration: float) -> Arrival:
        return Arrival(time=time, user=user, duration=duration)

    arrivals = [came(0, "a", 100), came(50, "b", 10), came(90, "a", 20), came(105, "a", 1), came(200, "a", 5)]
    assert one_server_each(arrivals) == [came(0, "a", 110), came(50, "b", 10), came(200, "a", 5)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "line 1: the header is empty"),
        ("when,who\n", "line 1: the header is when,who; it has no column timestamp"),
        ("timestamp;user;duration\n", "line 1: there is a header, but no arrivals"),
        ("timestamp;user;hours\n", "it has no column duration (separator: semicolon)"),
        (
            "timestamp:user:duration\n",
            "has no separator: separate columns by commas, semicolons, tabs or pipes",
        ),
        ("timestamp user duration\n", "has no separator"),
        ("1793610000,ada,60\n", "line 1: there is no header above the first row '1793610000,ada,60'"),
        (
            HEADER + "1;ada;60\n",
            "the header (1, not 3; the separator is the comma); this row has the separator semicolon",
        ),
        ("timestamp,user,User,duration\n", "it has 2 columns user"),
        (HEADER, "line 1: there is a header, but no arrivals"),
        (HEADER + ",,\n\n", "no arrivals"),
        (HEADER + "1,ada\n", "line 2: it does not have as many fields as the header"),
        (HEADER + "1,ada,60,x\n", "line 2: it does not have as many fields as the header"),
        (HEADER + "1,ada,nan\n", "line 2: duration 'nan'"),
        (
            HEADER + "1,ada,60\n2026-01-01,bo,60\n2026-04-03,cy,60\n",
            "line 2: timestamp '1' looks like seconds from the start",
        ),
        (
            HEADER + "2026-01-01,ada,60\n2026-04-03,bo,60\n",
            "line 3: this session ends 92 days after the first arrival",
        ),
        (HEADER + "1,ada,60\n1,bo,9999999999\n", "line 3: this session ends 115741 days"),
        (HEADER + "1,ada,60\n2,bo,long\n", "line 3: duration 'long'"),
        (HEADER + "1,ada,0\n", "line 2: duration '0' is not above 0"),
        (HEADER + "1,ada,inf\n", "line 2: duration 'inf'"),
        (HEADER + "soon,ada,60\n", "line 2: timestamp 'soon'"),
        (HEADER + "-5,ada,60\n", "line 2: timestamp '-5' is below 0"),
        (HEADER + "1, ,60\n", "line 2: the user is empty"),
        (
            HEADER + "1,ada,60\n2026-01-01,bo,60\n",
            "line 3: timestamp '2026-01-01' looks like dates like 2026-11-02T09:00:00; the file's others are seconds from",
        ),
        (
            HEADER + "2026-01-01T00:00:00Z,ada,60\n2026-01-01,bo,60\n",
            "line 3: timestamp '2026-01-01' has no time zone, unlike others",
        ),
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


CASE_16 = "1793610000000,ada,5400\n1793610060000,bo,5400\n1793610120000,cy,5400\n"
TWO_MINUTES_APART = [
    Arrival(time=0, user="ada", duration=5400),
    Arrival(time=60, user="bo", duration=5400),
    Arrival(time=120, user="cy", duration=5400),
]


def test_case_16_epoch_milliseconds_are_two_minutes_and_not_hours(tmp_path: Path) -> None:
    read = read_file(written(tmp_path, HEADER + CASE_16))
    assert list(read.arrivals) == TWO_MINUTES_APART
    assert read.said == [
        "time stamps are read as milliseconds since 1970: 2026-11-02 09:00:00 to 2026-11-02 09:02:00",
        "durations are read as seconds: 90 min to 90 min",
    ]


@pytest.mark.parametrize(
    ("stamps", "kind"),
    [
        ("0 60 120", "seconds from the start"),
        ("1793610000 1793610060 1793610120.0", "seconds since 1970"),
        ("1793610000000000 1793610060000000 1793610120000000", "microseconds since 1970"),
        ("1793610000000000000 1793610060000000000 1793610120000000000", "nanoseconds since 1970"),
        ("46328.375 46328.3756944444 46328.3763888889", "days of a spreadsheet"),
        ("20261102090000 20261102090100 20261102090200", "dates like 20261102090000"),
        ("202611020900 202611020901 202611020902", "dates like 20261102090000"),
        ("2026-11-02T09:00:00 2026-11-02T09:01 2026-11-02T09:02:00.000", "dates like 2026-11-02T09:00:00"),
        ("2026-11-02_09:00 2026/11/2_9:01 2026-11-02_9:02_AM", "dates like 2026-11-02T09:00:00"),
        ("2026-11-02T09:00Z 2026-11-02_10:01:00+0100 2026-11-02_09:02_UTC", "dates like 2026-11-02T09:00:00"),
        ("20261102T090000 2026-W45-1T09:01 2026-11-02T09:02", "dates like 2026-11-02T09:00:00"),
        ("13/04/2026_09:00 13/04/2026_09:01 13/04/2026_09:02", "dates like 02/11/2026 09:00, the day first"),
        (
            "4/13/2026_9:00_PM 4/13/2026_9:01_PM 4/13/2026_9:02_PM",
            "dates like 02/11/2026 09:00, the month first",
        ),
        ("02.11.2026_09:00 2.11.2026_09:01 02.11.2026_9:02", "dates like 02.11.2026 09:00"),
        ("2_Nov_2026_09:00 Nov_2,_2026_9:01_am Mon,_02_Nov_2026_09:02:00", "dates like 2 Nov 2026 09:00"),
        ("02/Nov/2026:09:00:00 2-Nov-2026_09:01 2_November_2026,_09:02", "dates like 2 Nov 2026 09:00"),
    ],
)
def test_case_16_the_unit_of_time_stamps_is_decided_from_the_column_and_said(
    tmp_path: Path, stamps: str, kind: str
) -> None:
    rows = zip(stamps.split(), ("ada", "bo", "cy"), strict=True)
    text = "timestamp;user;duration\n" + "".join(
        f"{stamp.replace('_', ' ')};{user};5400\n" for stamp, user in rows
    )
    read = read_file(written(tmp_path, text))
    assert list(read.arrivals) == TWO_MINUTES_APART
    assert read.said[0] == "the separator is the semicolon"
    assert read.said[1].startswith(f"time stamps are read as {kind}")


@pytest.mark.parametrize(
    ("stamps", "named"),
    [
        (["03/04/2026"], "line 2: timestamp '03/04/2026' may have the day or the month first"),
        (["03-04-2026 09:00", "05-06-2026 09:00"], "line 2: timestamp '03-04-2026 09:00' may have"),
        (["13/04/2026", "04/13/2026", "14/04/2026"], "line 3: timestamp '04/13/2026' looks like"),
        (
            ["03.04.26"],
            "line 2: timestamp '03.04.26' has a year of two digits: write it as 2026-11-02T09:00:00",
        ),
        (["3 Mai 2026"], "line 2: timestamp '3 Mai 2026' names a month Mai"),
        (["31/02/2026"], "line 2: timestamp '31/02/2026' is not a day of the calendar"),
        (["2026-11-02 25:00"], "line 2: timestamp '2026-11-02 25:00' is not a time of day"),
        (["20261301090000"], "line 2: timestamp '20261301090000' is not a day and time of the calendar"),
        (["45000"], "line 2: timestamp '45000' may be seconds from the start or days of a spreadsheet"),
        (["46328.375", "46328.4", "4632.4"], "line 4: timestamp '4632.4' looks like seconds from the start"),
        (
            ["1793610000000", "1793610000", "1793610000001"],
            "line 3: timestamp '1793610000' looks like seconds since 1970",
        ),
        (["1793610000000", "0", "1793610000001"], "line 3: timestamp '0' looks like seconds from the start"),
        (["30000000"], "line 2: timestamp '30000000' is not a time in any unit"),
        (["1.79361E+12"], "line 2: timestamp '1.79361E+12' has digits cut off"),
        (["1,793,610,000"], "line 2: timestamp '1,793,610,000' may have separated thousands"),
        (["5.400"], "line 2: timestamp '5.400' may have a decimal point or separated thousands"),
        (["", "1"], "line 2: the timestamp is empty"),
        (["1_000"], "line 2: timestamp '1_000' is neither"),
        (["2026-11-02 09:00 CET"], "with Z or an offset such as +01:00"),
    ],
)
def test_case_16_what_could_be_two_times_is_refused_with_line_value_and_remedy(
    tmp_path: Path, stamps: list[str], named: str
) -> None:
    text = "timestamp;user;duration\n" + "".join(f"{stamp};ada;60\n" for stamp in stamps)
    with pytest.raises(BadInputError) as refused:
        read_arrivals(written(tmp_path, text))
    assert named in refused.value.message


def test_case_16_seconds_far_from_the_start_are_not_days_of_a_spreadsheet(tmp_path: Path) -> None:
    file = written(tmp_path, HEADER + "36000,ada,60\n39600.5,bo,60\n")  # 10 and 11 o'clock
    assert [arrival.time for arrival in read_arrivals(file)] == [0, 3600.5]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5400.0", 5400),
        ("5400,5", 5400.5),
        ("1:30:00", 5400),
        ("0 days 01:30:00", 5400),
        ("1 day, 0:00:10", 86410),
        ("90 min", 5400),
        ("1.5 h", 5400),
        ("1h30m", 5400),
        ("1 hour, 30 minutes", 5400),
        ("PT1H30M", 5400),
        ("P1DT1S", 86401),
        ("240 h", 864000),
    ],
)
def test_case_16_durations_with_their_unit(tmp_path: Path, text: str, seconds: float) -> None:
    file = written(tmp_path, f"timestamp;user;duration\n2026-11-02T09:00;ada;{text}\n")
    assert read_arrivals(file) == [Arrival(time=0, user="ada", duration=seconds)]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("1:30", "duration '1:30' may be hours and minutes, or minutes and seconds"),
        ("-5", "duration '-5' is not above 0"),
        ("0:00:00", "duration '0:00:00' is not above 0"),
        ("", "line 2: the duration is empty"),
        ("0.0625", "duration '0.0625' is shorter than a second"),
        ("5400000", "duration '5400000' would be 62.5 days"),
        ("5,400", "duration '5,400' may have separated thousands"),
        ("90 parsecs", "has the unit parsecs, which is not known"),
        ("30 min 1 h", "names its units twice or in a strange order"),
        ("9" * 400 + " h", "is too large"),
        ("PT", "is not a number of seconds"),
    ],
)
def test_case_16_durations_that_cannot_be_told(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_arrivals(written(tmp_path, f"timestamp;user;duration\n2026-11-02T09:00;ada;{text}\n"))
    assert named in refused.value.message
    assert max(map(len, refused.value.message.splitlines())) < 300


def test_case_16_durations_beside_milliseconds_may_be_milliseconds(tmp_path: Path) -> None:
    text = HEADER + "1793610000000,ada,5400000\n1793610060000,bo,120000\n"
    with pytest.raises(
        BadInputError,
        match=r"line 2: duration '5400000' would be 62\.5 days, and all others are longer than 1 d",
    ):
        read_arrivals(written(tmp_path, text))
    assert read_arrivals(written(tmp_path, text.replace("120000", "120")))[1].duration == 120


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_case_16_an_export_of_a_spreadsheet(tmp_path: Path, encoding: str) -> None:
    text = 'sep=;\r\nTimeStamp;USER;Course;Duration\r\n46328,376;"Bö; B.";x;0,0625\r\n46328,375;ada;x;0,0625\r\n;;;\r\n\r\n'
    file = tmp_path / "export.csv"
    file.write_bytes(text.encode(encoding))
    read = read_file(file)
    assert list(read.arrivals) == [
        Arrival(time=0, user="ada", duration=5400),
        Arrival(time=86.4, user="Bö; B.", duration=5400),
    ]
    assert read.said[-1] == "durations are read as parts of a day: 90 min to 90 min"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_case_16_the_header_decides_the_separator(tmp_path: Path, separator: str) -> None:
    text = "timestamp,user,duration,more,\n1,ada,60,x,\n\n2,bo,61,y,,\n".replace(",", separator)
    assert [arrival.user for arrival in read_arrivals(written(tmp_path, text))] == ["ada", "bo"]


def test_case_16_bytes_that_are_not_text_are_named_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "old.csv"
    file.write_bytes(HEADER.encode() + b"1,ada,60\n2,M\xfcller,60\n")
    with pytest.raises(BadInputError, match="line 3: byte 0xfc is not UTF-8"):
        read_arrivals(file)
