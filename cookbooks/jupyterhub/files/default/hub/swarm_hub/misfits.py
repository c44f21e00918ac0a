"""Settings that are right one by one and wrong together: said by the hub when it starts, and before by whoever configures it."""

from __future__ import annotations

from typing import NamedTuple


class Misfit(NamedTuple):
    """Which fields do not fit together, a sentence about it without its full stop, and what to do, in the same form."""

    fields: tuple[str, ...]
    sentence: str
    remedy: str
