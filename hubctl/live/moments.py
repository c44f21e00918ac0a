"""Points in time as operators write them: a duration from now, a time of day, a date."""

import re
from datetime import UTC, datetime, timedelta

from hubctl.errors import BadInputError
from stacks.given_text import shown

_DURATION = re.compile(r"(?:(\d{1,999})d)?(?:(\d{1,999})h)?(?:(\d{1,999})m(?:in)?)?", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
LONGEST = timedelta(days=31)
FORMS = (
    "Write a duration such as 90m, 8h or 2d, a time of day such as 18:30, or a date such as 2026-12-01T18:30."
)


def moment(text: str, now: datetime, *, option: str) -> datetime:
    """Return the point in time in UTC; a time without a zone is this machine's, a time of day is the next one.

    Raises:
        BadInputError: It cannot be understood, is not in the future, or is more than a month away.

    """
    found = _parsed(text.strip(), now)
    if found is None:
        raise BadInputError(f"{option} {shown(text)} is not a time", remedy=FORMS)
    if found <= now:
        raise BadInputError(f"{option} {shown(text)} is not in the future", remedy=FORMS)
    if found - now > LONGEST:
        raise BadInputError(f"{option} {shown(text)} is more than {LONGEST.days} days away", remedy=FORMS)
    return found.astimezone(UTC).replace(microsecond=0)


def _parsed(text: str, now: datetime) -> datetime | None:
    duration = _DURATION.fullmatch(text)
    if text and duration:
        days, hours, minutes = (int(part or 0) for part in duration.groups())
        # No more than Python can reckon with; what is too long is refused with its own sentence.
        return now + timedelta(days=min(days, 10_000), hours=min(hours, 100_000), minutes=min(minutes, 10**7))
    clock = _CLOCK.fullmatch(text)
    if clock:
        today = now.astimezone().replace(
            hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0, fold=0
        )
        return today if today > now else today + timedelta(days=1)
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        return None
    return given if given.tzinfo else given.astimezone()


def iso(point: datetime) -> str:
    """Return it as parameters hold it."""
    return point.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_iso(text: object) -> datetime | None:
    """Return what a parameter holds; None when that is not a time of these centuries."""
    try:
        point = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if not 1970 < point.year < 9999:  # what another zone's clock could not show
        return None
    return point if point.tzinfo else point.replace(tzinfo=UTC)


def spoken(point: datetime) -> str:
    """Return it for people: in this machine's zone, which it names."""
    return f"{point.astimezone():%Y-%m-%d %H:%M %Z}".strip()
