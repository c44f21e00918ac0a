"""How long a session lasts: a column of seconds, of 1:30:00, or of numbers with their unit.

Numbers are read as spreadsheets and programs of several countries write them; a text that could be two numbers is refused.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from stacks.settings.text_files import shown

_PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_OTHER_GROUPS = re.compile(
    r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:['\u2019 \u00a0\u202f]\d{3})+)(?:[.,]\d*)?", re.ASCII
)
_DOT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
MINUTE, HOUR = 60.0, 3600.0
DAY = 24 * HOUR
# If all are longer than this, they are hardly seconds; beside time stamps in milliseconds, still less so.
LONGEST_PLAIN = 7 * DAY
LONGEST_BESIDE_FINER = DAY
_UNITS: Mapping[str, float] = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), DAY),
}
_PART = re.compile(r"(\d+(?:[.,]\d+)?)\s*([A-Za-z]+)\.?(?:\s*,)?\s*", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+) days?,? )?(\d+):([0-5]\d):([0-5]\d(?:[.,]\d+)?)", re.ASCII)
_TWO_PARTS = re.compile(r"\d+:\d\d", re.ASCII)
_ISO = re.compile(
    r"P(?:(\d+)D)?(?:T(?=\d)(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?", re.ASCII
)


@dataclass(frozen=True, kw_only=True)
class ReadDurations:
    """Durations in seconds by line, a sentence that says how they were read, and the mistakes by line."""

    seconds: Mapping[int, float] = field(default_factory=dict)
    said: str = ""
    mistakes: Sequence[tuple[int, str]] = ()


def read_durations(
    column: Sequence[tuple[int, str]],
    *,
    dots_may_group: bool = False,
    days: bool = False,
    finer: bool = False,
) -> ReadDurations:
    """Read the durations of a file, given as line and text.

    ``days`` says that the time stamps are days of a spreadsheet: where all durations are below 1, they are parts of a day, too.
    ``finer`` says that the time stamps are milliseconds or less: durations may be, and must not pass for seconds.
    """
    mistakes: list[tuple[int, str]] = []
    plain: dict[int, float] = {}
    with_unit: dict[int, float] = {}
    for line, text in column:
        try:
            number = read_number(text, dots_may_group=dots_may_group)
            seconds = _with_unit(text) if number is None else float(number)
            if not math.isfinite(seconds):
                raise ValueError("is too large")
            if seconds <= 0:
                raise ValueError("is not above 0")
        except ValueError as error:
            mistakes.append((line, f"duration {shown(text)} {error}" if text else "the duration is empty"))
            continue
        (with_unit if number is None else plain)[line] = seconds
    parts_of_days = days and bool(plain) and max(plain.values()) < 1
    if parts_of_days:
        plain = {line: round(part * DAY, 3) for line, part in plain.items()}
    else:
        texts = dict(column)
        mistakes += [
            (line, f"duration {shown(texts[line])} is shorter than a second: write seconds, or 1:30:00")
            for line, duration in plain.items()
            if duration < 1
        ]
    most = LONGEST_BESIDE_FINER if finer else LONGEST_PLAIN
    if plain and min(plain.values()) > most and not parts_of_days:
        line, longest = next(iter(plain.items()))
        mistakes.append(
            (
                line,
                f"duration {shown(dict(column)[line])} would be {longest / DAY:.1f} days, and all others are longer than "
                f"{most / DAY:.0f} d, too: divide milliseconds by 1000; write what is right with its unit, such as 240 h",
            )
        )
    readings = [
        *(["parts of a day"] if parts_of_days else ["seconds"] if plain else []),
        *(["what their unit says"] if with_unit else []),
    ]
    read = {**plain, **with_unit}
    said = f"durations are read as {' and '.join(readings)}"
    if read and not mistakes:
        said += f": {_shown(min(read.values()))} to {_shown(max(read.values()))}"
    return ReadDurations(seconds=read, said=said, mistakes=mistakes)


def _shown(seconds: float) -> str:
    for unit, length in (("d", DAY), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def _with_unit(text: str) -> float:
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = clock.groups()
        return int(days or 0) * DAY + int(hours) * 3600.0 + int(minutes) * 60.0 + _float(seconds)
    if _TWO_PARTS.fullmatch(text):
        raise ValueError("may be hours and minutes, or minutes and seconds: write it as 1:30:00")
    if (written := _ISO.fullmatch(text.upper())) and any(written.groups()):
        scales = (DAY, 3600.0, 60.0, 1.0)
        return sum(_float(part or "0") * scale for part, scale in zip(written.groups(), scales, strict=True))
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text):
        raise ValueError("is not a number of seconds, nor like 1:30:00 or 90 min")
    units = [unit.lower() for _, unit in parts]
    if wrong := [unit for unit in units if unit not in _UNITS]:
        raise ValueError(f"has the unit {wrong[0]}, which is not known: write s, min, h or d")
    scales_of_parts = [_UNITS[unit] for unit in units]
    if scales_of_parts != sorted(set(scales_of_parts), reverse=True):
        raise ValueError("names its units twice or in a strange order: write it like 1 h 30 min")
    return sum(_float(amount) * _UNITS[unit] for (amount, _), unit in zip(parts, units, strict=True))


def _float(text: str) -> float:
    return float(text.replace(",", "."))


def read_number(text: str, *, dots_may_group: bool = False) -> Decimal | None:
    """Return the number in a text, None where the text does not look like one. A decimal comma is as good as a point.

    ``dots_may_group`` says that 5.400 may be meant as 5400, as in files of spreadsheets that separate by semicolons.

    Raises:
        ValueError: It looks like a number, but its thousands are separated, or a spreadsheet has cut digits off.

    """
    if _COMMA_GROUPS.fullmatch(text) or _OTHER_GROUPS.fullmatch(text):
        raise ValueError("may have separated thousands: write it without a separator of thousands")
    if not _PLAIN.fullmatch(text):
        return None
    if dots_may_group and _DOT_GROUP.fullmatch(text):
        raise ValueError(
            "may have a decimal point or separated thousands: write it with a decimal comma, or without"
        )
    number = Decimal(text.replace(",", "."))
    exponent = number.as_tuple().exponent
    if "e" in text.lower() and isinstance(exponent, int) and exponent > 0:
        raise ValueError(
            "has digits cut off, as spreadsheets show long numbers: format the column as numbers without decimals"
        )
    return number
