"""A rollout: instances of an older version leave once newer ones serve. Every run derives its next step from AWS alone.

The operator's ``hubctl rollout start`` writes the record. Old instances are closed to new users, never more of them than
newer ones have taken over for; they leave when their last user has left, or at the record's deadline. What instances say of
themselves (:class:`Progress`) and the group are all that a decision is made from, so that it does not matter who is
interrupted when.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# An instance without a word for that long has an agent of before rollouts, or one that fails.
SILENT_SECONDS = 600.0
# For the draining, and for one instance after the other: later than that a rollout does not move.
LATE_SECONDS = 900.0
PRESENT = ("Pending", "InService")
# An old one of a warm pool gives itself up when it is to serve.
OUTSIDE = ("Standby", "EnteringStandby", "Detach", "Warmed")


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the operator asked for. ``capacity`` is the desired capacity at the start, None where it is not known."""

    id: str
    version: str
    state: str
    started: datetime
    deadline: datetime | None
    sentence: str
    capacity: int | None
    document: Mapping[str, Any] = field(repr=False)

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.state == "running"

    def past_deadline(self, now: datetime) -> bool:
        """Tell whether the time that the operator gave is over."""
        return self.deadline is not None and now >= self.deadline

    def finished(self) -> str:
        """Return the record as it is stored once nothing old is left."""
        return json.dumps({**self.document, "state": "done"})


@dataclass(frozen=True, kw_only=True)
class Member:
    """An instance of the group. ``version`` is that of its launch template, or the name of its launch configuration."""

    id: str
    version: str
    state: str
    healthy: bool
    protected: bool


@dataclass(frozen=True, kw_only=True)
class Group:
    """The group: its sizes, what it launches now, and its instances."""

    desired: int
    smallest: int
    largest: int
    launches: str
    members: tuple[Member, ...]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What an instance last wrote about itself. ``users`` is None while its hub is silent; ``since`` is when its state began."""

    at: datetime
    version: str
    users: int | None
    state: str
    since: datetime

    def text(self) -> str:
        """Return it as it is stored."""
        return json.dumps(
            {
                "at": _iso(self.at),
                "version": self.version,
                "users": self.users,
                "state": self.state,
                "since": _iso(self.since),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Removal:
    """An instance to terminate; with ``decrement`` the group does not launch another one for it."""

    id: str
    decrement: bool
    reason: str


class Course:
    """How a running rollout stands."""

    def __init__(self, record: Record, group: Group, progress: Mapping[str, Progress], now: datetime) -> None:
        self._record, self._group, self._progress, self._now = record, group, progress, now
        present = [member for member in group.members if member.state.startswith(PRESENT)]
        self.old = sorted(member.id for member in present if self.is_old(member.version))
        self._closed = [one for one in self.old if self._state(one) == "closing"]
        # Those that cannot close themselves come last, so that they do not hold up others.
        self._open = sorted(
            (one for one in self.old if one not in self._closed), key=lambda one: (self.silent(one), one)
        )
        self.ready = sorted(
            member.id
            for member in present
            if member.state == "InService"
            and member.healthy
            and not self.is_old(member.version)
            and self._serves(member.id)
        )

    def is_old(self, version: str) -> bool:
        """Tell whether instances of a version are to leave. What the group launches meanwhile never is."""
        return version != self._group.launches and is_older(version, self._record.version)

    @property
    def unguarded(self) -> list[str]:
        """The newer instances in service that scaling in may take: of all instances it would take just these.

        Old ones with users are protected, and one that has just come has no users yet. So while old ones are there, whoever
        runs protects the newer ones; a group does not scale in while an instance warms up, so there is time for that.
        https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html
        """
        if not self.old:
            return []
        return [
            member.id
            for member in self._group.members
            if member.state == "InService" and not member.protected and not self.is_old(member.version)
        ]

    @property
    def finished(self) -> bool:
        """Whether no old instance is left, not even one that is about to end. Who is set apart by hand does not count."""
        return not any(
            self.is_old(member.version) and not member.state.startswith(OUTSIDE)
            for member in self._group.members
        )

    @property
    def late(self) -> bool:
        """Whether old instances are left although the deadline is long past."""
        record = self._record
        return (
            not self.finished
            and record.deadline is not None
            and (self._now - record.deadline).total_seconds() > LATE_SECONDS
        )

    @property
    def raised(self) -> int | None:
        """The desired capacity that makes room for newer instances, None when it is reached."""
        wanted = min(self._group.largest, self._capacity + len(self.old))
        return wanted if self._open and wanted > self._group.desired else None

    def silent(self, instance: str) -> bool:
        """Tell whether an instance says nothing: then it cannot close itself."""
        report = self._progress.get(instance)
        last = self._record.started if report is None else max(report.at, self._record.started)
        return (self._now - last).total_seconds() > SILENT_SECONDS

    def may_close(self, instance: str) -> bool:
        """Tell whether enough others take new users once this instance, and those before it, take none."""
        if instance in self._closed:
            return True
        before = self._open.index(instance) + 1
        return len(self.ready) + len(self._open) - before >= self._needed

    def may_leave(self, instance: str) -> bool:
        """Tell whether the service is whole without this instance: newer ones serve, and one leaves after the other."""
        if not self.ready or len(self.ready) + len(self._open) - (instance in self._open) < self._needed:
            return False
        # The next one sees what this one's end has changed, where that matters.
        return self._decrement or not any(
            self._progress[other].users == 0 for other in self._closed if other < instance
        )

    def leave(self, instance: str, reason: str) -> Removal:
        """Return how an instance leaves: the desired capacity ends where it began, scaling meanwhile included."""
        return Removal(id=instance, decrement=self._decrement, reason=reason)

    def helped_out(self) -> Removal | None:
        """Return an instance that has to be ended from outside, because it cannot close and end itself."""
        overdue = self._record.past_deadline(self._now)
        for member in sorted(self._group.members, key=lambda one: one.id):
            if member.id not in self.old or not self.silent(member.id) or not self.may_leave(member.id):
                continue
            if overdue or not member.protected:
                why = "the deadline has passed" if overdue else "no user works on it"
                return self.leave(member.id, f"{member.id} does not take part in the rollout, and {why}")
        return None

    @property
    def _capacity(self) -> int:
        record = self._record
        return len(self.old) if record.capacity is None else record.capacity

    @property
    def _needed(self) -> int:
        """How many instances have to take new users: as many as at the start, or as scaling wants now."""
        return max(1, min(self._capacity, self._group.desired - len(self._closed)))

    @property
    def _decrement(self) -> bool:
        group = self._group
        return group.desired > max(group.smallest, self._capacity + len(self.old) - 1)

    def _serves(self, instance: str) -> bool:
        report = self._progress.get(instance)
        return report is not None and report.users is not None and not self.silent(instance)

    def _state(self, instance: str) -> str:
        report = self._progress.get(instance)
        return report.state if report is not None and report.at >= self._record.started else ""


def is_older(version: str, target: str) -> bool:
    """Tell whether a version is another one than the target, and not a later one."""
    return version != target and not (
        version.isdecimal() and target.isdecimal() and int(version) > int(target)
    )


def read_record(text: str) -> Record:
    """Read the record; raise ValueError when it cannot be used."""
    document = json.loads(text)
    try:
        capacity, deadline = document.get("capacity"), document.get("deadline")
        return Record(
            id=str(document["id"]),
            version=str(document["version"]),
            state=str(document["state"]),
            started=_moment(document["started"]),
            deadline=None if deadline is None else _moment(deadline),
            sentence=str(document.get("sentence") or ""),
            capacity=None if capacity is None else int(capacity),
            document=document,
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"not the record of a rollout: {error!r}") from error


def read_progress(text: str) -> Progress | None:
    """Read what an instance wrote about itself; None when it cannot be understood."""
    try:
        document = json.loads(text)
        at, users = _moment(document["at"]), document.get("users")
        return Progress(
            at=at,
            version=str(document["version"]),
            users=None if users is None else int(users),
            state=str(document["state"]),
            since=_moment(document.get("since") or document["at"]),
        )
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
