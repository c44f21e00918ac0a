"""The switch in SSM at ``PREFIX/hub/maintenance``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubctl.core.errors import BadInputError
from hubctl.core.live import delete_parameter, iso, read_document, read_iso, write_document

SENTENCE = "No servers are started at the moment: the hub is being worked on. Servers that run go on. Please try again later."
# What a page shows well; SSM takes 4 KB in all.
LONGEST_SENTENCE = 500


@dataclass(frozen=True, kw_only=True)
class Maintenance:
    """The switch is on, or was until ``until``."""

    sentence: str
    since: datetime | None
    until: datetime | None
    by: str

    def on(self, now: datetime) -> bool:
        """Tell whether hubs refuse starts."""
        return self.until is None or now < self.until


def parameter_name(prefix: str) -> str:
    """Return where the hubs of a deployment look."""
    return f"{prefix}/hub/maintenance"


def checked_sentence(text: str) -> str:
    """Return a sentence for users; raise BadInputError when there is none, or it is too long for the page."""
    sentence = " ".join(text.split())
    if not sentence:
        raise BadInputError(
            "--sentence is empty", remedy="Leave it out for the usual sentence, or write one."
        )
    if len(sentence) > LONGEST_SENTENCE:
        raise BadInputError(
            f"--sentence has {len(sentence)} characters", remedy=f"Use at most {LONGEST_SENTENCE}."
        )
    return sentence


def switch_on(
    ssm: Any, prefix: str, *, sentence: str, until: datetime | None, by: str, now: datetime
) -> None:
    """Have the hubs refuse starts; a switch that is on already gets the new sentence and end."""
    write_document(
        ssm,
        parameter_name(prefix),
        {"sentence": sentence, "since": iso(now), "until": iso(until) if until else None, "by": by},
    )


def switch_off(ssm: Any, prefix: str) -> bool:
    """Let the hubs start servers again; tell whether the switch was there."""
    return delete_parameter(ssm, parameter_name(prefix))


def read_switch(ssm: Any, prefix: str) -> Maintenance | None:
    """Return the switch, None when it is off."""
    document = read_document(ssm, parameter_name(prefix))
    if document is None:
        return None
    return Maintenance(
        sentence=str(document.get("sentence") or SENTENCE),
        since=read_iso(document.get("since")),
        until=read_iso(document["until"]) if document.get("until") else None,
        by=str(document.get("by") or ""),
    )
