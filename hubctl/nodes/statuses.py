"""Read the statuses that the nodes publish in SSM at ``PREFIX/NODE/status``."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hubctl.core.aws import told_plainly
from hubctl.core.errors import BadInputError
from hubctl.core.files import object_or_none

_PREFIX = re.compile(r"(/[A-Za-z0-9_.-]+)+")


@dataclass(frozen=True, kw_only=True)
class NodeStatus:
    """One node.

    Attributes:
        node: Name below the prefix: the kind of node, for workers with the instance id.
        kind: ``chef_server``, ``workstation``, ``hub_leader`` or ``worker``.
        state: ``converged``, ``failed``, ``leaving``, ``left``, or ``unreadable``.
        step: The step it is at, or that failed.
        at: When it said so; after a converge, the time of that.
        cookbooks: Version of the cookbooks it converged with; empty where none apply.
        role: Chef role; empty where none applies.
        instance: EC2 instance id.
        error: Why it failed; empty otherwise.
        note: What it waits for, or goes on without; empty otherwise.

    """

    node: str
    kind: str = ""
    state: str
    step: str = ""
    at: datetime | None = None
    cookbooks: str = ""
    role: str = ""
    instance: str = ""
    error: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class NodeStatuses:
    """All nodes, sorted by name, and the version of the cookbooks that is live at the Chef Server (or empty)."""

    nodes: tuple[NodeStatus, ...]
    live_cookbooks: str


def read_statuses(ssm: Any, prefix: str) -> NodeStatuses:
    """Read all statuses below ``prefix``, an SSM path such as ``/chef-hub``.

    Raises:
        BadInputError: The prefix is not a path.
        HubctlError: AWS refuses or cannot be reached.

    """
    if not _PREFIX.fullmatch(prefix):
        raise BadInputError(f"prefix {prefix!r} is not an SSM path", remedy="Give a path such as /chef-hub.")
    with told_plainly(f"read the parameters below {prefix}"):
        pages = ssm.get_paginator("get_parameters_by_path").paginate(
            Path=prefix,
            Recursive=True,
            WithDecryption=False,
            ParameterFilters=[{"Key": "Type", "Option": "Equals", "Values": ["String"]}],
        )
        texts = {
            parameter["Name"].removeprefix(f"{prefix}/"): parameter["Value"]
            for page in pages
            for parameter in page["Parameters"]
        }
    nodes = [
        replace(_status(node, text), note=_note(texts, node))
        for name, text in texts.items()
        if name.endswith("/status")
        for node in [name.removesuffix("/status")]
    ]
    return NodeStatuses(
        nodes=tuple(sorted(nodes, key=lambda status: status.node)),
        live_cookbooks=_text(object_or_none(texts.get("cookbooks/live", "{}")) or {}, "version"),
    )


def age(moment: datetime | None, now: datetime) -> str:
    """Return how long ago that was, in one unit: ``40 s``, ``12 min``, ``3 h``, ``5 d``."""
    if moment is None:
        return ""
    seconds = max(0, int((now - moment).total_seconds()))
    for limit, unit, length in ((120, "s", 1), (7200, "min", 60), (172800, "h", 3600)):
        if seconds < limit:
            return f"{seconds // length} {unit}"
    return f"{seconds // 86400} d"


def _note(texts: Mapping[str, str], node: str) -> str:
    """Return what a worker says beside its status: its Docker waits for its users, an image cannot be pulled."""
    engine = object_or_none(texts.get(f"{node}/engine", "{}")) or {}
    offer = object_or_none(texts.get(f"{node}/images", "{}")) or {}
    notes = []
    if _text(engine, "state") == "waiting":
        notes.append(f"Docker is restarted once no server runs here, for {_text(engine, 'why')}")
    if failed := _text(offer, "failed"):
        held = offer.get("images")
        first = held[0] if isinstance(held, list) and held else "no image"
        notes.append(f"{failed} cannot be pulled: users get {first}")
    return "; ".join(notes)


def _status(node: str, text: str) -> NodeStatus:
    document = object_or_none(text)
    if document is None:
        return NodeStatus(node=node, state="unreadable", error="its status is not a JSON object")
    return NodeStatus(
        node=node,
        kind=_text(document, "node_kind"),
        state=_text(document, "state") or "unreadable",
        step=_text(document, "step"),
        at=_moment(_text(document, "at")),
        cookbooks=_text(document, "cookbooks"),
        role=_text(document, "role"),
        instance=_text(document, "instance"),
        error=_text(document, "error") or ("" if _text(document, "state") else "its status names no state"),
    )


def _text(document: dict[str, Any], name: str) -> str:
    return str(document.get(name) or "")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
