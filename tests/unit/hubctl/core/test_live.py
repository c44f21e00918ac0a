"""Points in time as operators write them."""

from datetime import UTC, datetime, timedelta

import pytest

from hubctl.core.errors import BadInputError
from hubctl.core.live import iso, moment, read_iso

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("90m", timedelta(minutes=90)),
        ("8h", timedelta(hours=8)),
        ("1d12h", timedelta(hours=36)),
        ("5min", timedelta(minutes=5)),
    ],
)
def test_durations_count_from_now(text: str, after: timedelta) -> None:
    assert moment(text, NOW, option="--until") == NOW + after


def test_a_time_of_day_is_the_next_one_and_dates_keep_their_zone() -> None:
    found = moment("06:30", NOW, option="--until")
    assert timedelta(0) < found - NOW <= timedelta(days=1)
    assert found.astimezone().strftime("%H:%M") == "06:30"
    assert moment("2026-11-30T08:00+02:00", NOW, option="--until") == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    assert moment("2026-11-30T08:00Z", NOW, option="--until") == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not a time"),
        ("soon", "not a time"),
        ("25:00", "not a time"),
        ("0m", "not in the future"),
        ("2026-11-29T11:59Z", "not in the future"),
        ("32d", "more than 31 days"),
        ("99999999999999999999d", "more than 31 days"),
    ],
)
def test_what_is_no_time_to_come_is_refused_with_the_option(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said) as refused:
        moment(text, NOW, option="--deadline")
    assert "--deadline" in refused.value.message
    assert "8h" in refused.value.remedy


def test_what_is_written_reads_back() -> None:
    assert read_iso(iso(NOW)) == NOW
    assert read_iso("2026-11-29T12:00:00") == NOW
    assert read_iso(None) is None
