"""How a rollout stands: every instance, and whether it moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hubctl.core.live import iso
from hubctl.rollout.group import LaunchedGroup, LaunchedInstance, is_old
from hubctl.rollout.start import RUNNING, InstanceReport, RolloutRecord

# As the instances reckon: an agent without a word for so long cannot close its instance itself.
SILENT = timedelta(minutes=10)
LATE = timedelta(minutes=15)
# A new instance boots and answers within that time, or never.
BOOT = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Line:
    """An instance in the table. ``users`` is a number, ``some`` or ``none`` where only the protection tells, or ``?``.

    ``state`` is ``old``, ``waiting``, ``closing``, ``leaving``, ``no word`` (old), ``starting``, ``new`` or ``no hub`` (new).
    """

    instance: str
    version: str
    users: str
    state: str
    since: datetime | None
    old: bool

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        users: int | None = int(self.users) if self.users.isdecimal() else None
        return {
            "instance": self.instance,
            "version": self.version,
            "users": users,
            "in_use": None if self.users == "?" else self.users not in ("0", "none"),
            "state": self.state,
            "since": iso(self.since) if self.since else None,
            "old": self.old,
        }


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All of a deployment. ``problems`` say in sentences why the rollout does not move."""

    record: RolloutRecord | None
    launches: str
    lines: tuple[Line, ...]
    problems: tuple[str, ...]
    late: bool

    @property
    def running(self) -> bool:
        """Whether a rollout goes on."""
        return self.record is not None and self.record.state == RUNNING

    @property
    def old(self) -> list[Line]:
        """Return the instances that are still to leave."""
        return [line for line in self.lines if line.old]

    def document(self, stack: str) -> dict[str, Any]:
        """Return it for JSON."""
        return {
            "version": 1,
            "stack": stack,
            "rollout": self.record.document() if self.record else None,
            "launches": self.launches,
            "old": len(self.old),
            "late": self.late,
            "problems": list(self.problems),
            "instances": [line.document() for line in self.lines],
        }


def standing(
    group: LaunchedGroup, record: RolloutRecord | None, said: Mapping[str, InstanceReport], now: datetime
) -> Standing:
    """Return how a rollout stands, or how the group stands without one."""
    running = record is not None and record.state == RUNNING
    target = record.version if record is not None and running else group.launches
    lines = tuple(
        _line(one, said.get(one.id), target, group.launches, record if running else None, now)
        for one in group.instances
    )
    old = [line for line in lines if line.old]
    late = bool(
        record is not None
        and running
        and old
        and record.deadline is not None
        and now - record.deadline > LATE
    )
    problems = tuple(_problems(group, record, lines, late=late, now=now)) if record and running else ()
    return Standing(record=record, launches=group.launches, lines=lines, problems=problems, late=late)


def users_of(instance: LaunchedInstance, progress: InstanceReport | None, now: datetime) -> str:
    """Return how many work there; where that was not said lately, what the protection from scaling in says."""
    fresh = progress is not None and progress.at is not None and now - progress.at <= SILENT
    if (
        progress is not None
        and progress.users is not None
        and (fresh or instance.protected == (progress.users > 0))
    ):
        return str(progress.users)
    return "some" if instance.protected else "none"


def _line(
    one: LaunchedInstance,
    progress: InstanceReport | None,
    target: str,
    launches: str,
    record: RolloutRecord | None,
    now: datetime,
) -> Line:
    old = is_old(one.version, target, launches)
    state = _state(one, progress, old=old, record=record, now=now)
    return Line(
        instance=one.id,
        version=one.version,
        users=users_of(one, progress, now),
        state=state,
        # Where the group knows a later state than the instance has written, its beginning is not known.
        since=progress.since if progress and (progress.state == state or state == "no hub") else None,
        old=old,
    )


def _state(
    one: LaunchedInstance,
    progress: InstanceReport | None,
    *,
    old: bool,
    record: RolloutRecord | None,
    now: datetime,
) -> str:
    if one.state.startswith("Terminating"):
        return "leaving"
    if not one.counts:
        return one.state.lower()
    at = progress.at if progress else None
    if not old:
        if progress is None:
            return "starting" if one.state != "InService" or record is not None else "new"
        return "new" if progress.users is not None else "no hub"
    if record is None:
        return "old"
    last = max(at, record.started) if at else record.started
    if now - last > SILENT:
        return "no word"
    if progress is not None and at is not None and at >= record.started and progress.state != "new":
        return progress.state
    return "old"


def _problems(
    group: LaunchedGroup, record: RolloutRecord, lines: tuple[Line, ...], *, late: bool, now: datetime
) -> list[str]:
    found = []
    silent = [line.instance for line in lines if line.state == "no word"]
    serving = [line for line in lines if not line.old and line.state == "new"]
    if group.launches != record.version:
        found.append(
            f"The group launches version {group.launches} by now, not {record.version}: instances of both are left alone. "
            "Once this rollout is done, or aborted, start the next one."
        )
    if silent:
        found.append(
            f"No word from {', '.join(silent)}: launched before rollouts were known, or its agent fails. It takes users on, "
            "and a newer instance ends it when it is empty, or at the deadline."
        )
    if not serving and now - record.started > BOOT and any(line.old for line in lines):
        found.append(
            "No newer instance serves users: old ones stay until one does. Look at the group's activities and at the log "
            "streams of new instances; abort when the new image is broken."
        )
    elif late:
        found.append("The deadline is long past and old instances are left: they leave one after the other.")
    return found
