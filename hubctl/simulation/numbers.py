"""Numbers as spreadsheets and programs of several countries write them; what could be two numbers is refused."""

import re
from decimal import Decimal

_PLAIN = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?", re.ASCII)
_OTHER_GROUPS = re.compile(
    r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3}){2,}|(?:['\u2019 \u00a0\u202f]\d{3})+)(?:[.,]\d*)?", re.ASCII
)
_DOT_GROUP = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)


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
