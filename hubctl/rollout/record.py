"""The record of a rollout in SSM, at ``PREFIX/rollout``, and what instances say of themselves below it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hubctl.errors import HubctlError
from hubctl.live.moments import iso, read_iso
from hubctl.live.parameters import documents_below, read_document

RUNNING, ABORTED, DONE = "running", "aborted", "done"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What an operator asked for. ``capacity`` is the group's desired capacity at the start."""

    id: str
    version: str
    started: datetime
    deadline: datetime | None
    state: str
    sentence: str
    capacity: int | None

    def document(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return {
            "id": self.id,
            "version": self.version,
            "started": iso(self.started),
            "deadline": iso(self.deadline) if self.deadline else None,
            "state": self.state,
            "sentence": self.sentence,
            "capacity": self.capacity,
        }


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What an instance last said. ``users`` None: its hub does not answer."""

    at: datetime | None
    version: str
    users: int | None
    state: str
    since: datetime | None


def record_name(prefix: str) -> str:
    """Return the name of the record's parameter."""
    return f"{prefix}/rollout"


def read_record(ssm: Any, prefix: str) -> Record | None:
    """Return the record of the last rollout, None when there has been none; raise HubctlError when it cannot be used."""
    name = record_name(prefix)
    document = read_document(ssm, name)
    if document is None:
        return None
    started = read_iso(document.get("started"))
    missing = [key for key in ("id", "version", "state") if not document.get(key)]
    if started is None or missing:
        raise HubctlError(
            f"the parameter {name} is not the record of a rollout: {', '.join(missing) or 'started'} is missing",
            remedy=f"`aws ssm delete-parameter --name {name}` takes it away; then start anew.",
        )
    capacity = document.get("capacity")
    return Record(
        id=str(document["id"]),
        version=str(document["version"]),
        started=started,
        deadline=read_iso(document["deadline"]) if document.get("deadline") else None,
        state=str(document["state"]),
        sentence=str(document.get("sentence") or ""),
        capacity=capacity if isinstance(capacity, int) else None,
    )


def read_progress(ssm: Any, prefix: str) -> dict[str, Progress]:
    """Return what instances say of themselves, by instance id."""
    found = documents_below(ssm, record_name(prefix))
    return {name: _progress(document) for name, document in found.items() if document is not None}


def _progress(document: Mapping[str, Any]) -> Progress:
    users, at = document.get("users"), read_iso(document.get("at"))
    return Progress(
        at=at,
        version=str(document.get("version") or ""),
        users=users if isinstance(users, int) else None,
        state=str(document.get("state") or ""),
        since=read_iso(document.get("since")) or at,
    )
