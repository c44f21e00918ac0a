"""The switch "no new starts": an SSM parameter that ``hubctl maintenance`` writes, read again and again.

Its value is JSON: ``{"sentence", "since", "until", "by"}``, times in ISO 8601, ``until`` may be null. Without the parameter,
or once ``until`` has passed, users start servers. A failed read changes nothing that is known.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

log = logging.getLogger("hub_common.maintenance")

ROUND_SECONDS = 15.0
LONGEST = 500  # characters of a sentence that pages show
DEFAULT_SENTENCE = "No servers are started at the moment: the hub is being worked on. Servers that run go on."


@dataclass(frozen=True, kw_only=True)
class Closed:
    """Starts are closed: why, and until when, if that is known."""

    sentence: str
    until: datetime | None = None

    def over(self, now: datetime) -> bool:
        """Tell whether its end has passed."""
        return self.until is not None and now >= self.until


def parse(value: str) -> Closed:
    """Read the parameter's value; raise ValueError when it is not what ``hubctl maintenance`` writes."""
    try:
        document = json.loads(value)
        sentence = " ".join(str(document.get("sentence") or DEFAULT_SENTENCE).split())[:LONGEST]
        until = document.get("until")
        end = datetime.fromisoformat(until) if until else None
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"not the JSON of hubctl maintenance: {error}") from error
    if end is not None and end.tzinfo is None:
        end = end.replace(tzinfo=UTC)
    return Closed(sentence=sentence, until=end)


def parameter_reader(
    prefix: str, region: str, parameter: str = "hub/maintenance"
) -> Callable[[], str | None]:
    """Return a function that reads a parameter below ``prefix``, None when there is none; it raises what boto3 raises."""
    name = f"{prefix}/{parameter}"
    config = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
    client: Any = None

    def read() -> str | None:
        nonlocal client
        client = client or boto3.session.Session(region_name=region).client("ssm", config=config)
        # GetParameters, unlike GetParameter, takes a name that does not exist for an answer.
        found = client.get_parameters(Names=[name])["Parameters"]
        return str(found[0]["Value"]) if found else None

    return read


class Maintenance:
    """What was last heard of the switch, and the thread that asks. Until something is known, starts are open."""

    def __init__(
        self,
        read: Callable[[], str | None],
        *,
        round_seconds: float = ROUND_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._read = read
        self._round_seconds = round_seconds
        self._now = now
        self._closed: Closed | None = None
        self._complained = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="maintenance", daemon=True)

    def start(self) -> None:
        """Start asking, at once and then every so many seconds."""
        self._thread.start()

    def stop(self, patience: float = 2.0) -> None:
        """Stop asking; return once the last question is answered, or after ``patience`` seconds."""
        self._stop.set()
        self._thread.join(patience)

    def sentence(self) -> str:
        """Return why users may not start servers now, empty when they may."""
        closed = self._closed
        return "" if closed is None or closed.over(self._now()) else closed.sentence

    def round(self) -> None:
        """Ask once."""
        try:
            value = self._read()
            self._closed = None if value is None else parse(value)
            self._complained = ""
        except Exception as error:  # AWS is away, or the value is damaged: the last known state stays
            if str(error) != self._complained:
                log.warning("whether there is maintenance is not known: %s", error)
            self._complained = str(error)

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.round()
            self._stop.wait(self._round_seconds)
