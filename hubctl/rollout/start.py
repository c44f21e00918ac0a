"""The beginning and the abort of a rollout: what is refused, what is written, and the room for newer instances.

The record of a rollout is in SSM at ``PREFIX/rollout``; below it is what instances say of themselves.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hubctl.core.aws import told_plainly
from hubctl.core.command_line import typed
from hubctl.core.errors import HubctlError
from hubctl.core.live import (
    Deployment,
    delete_parameter,
    documents_below,
    iso,
    read_document,
    read_iso,
    spoken,
    write_document,
)
from hubctl.rollout.group import LaunchedGroup, LaunchedInstance

RUNNING, ABORTED, DONE = "running", "aborted", "done"
_NEEDED = frozenset({"Launch", "Terminate", "HealthCheck", "AddToLoadBalancer"})


@dataclass(frozen=True, kw_only=True)
class RolloutRecord:
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
class InstanceReport:
    """What an instance last said. ``users`` None: its hub does not answer."""

    at: datetime | None
    version: str
    users: int | None
    state: str
    since: datetime | None


def record_name(prefix: str) -> str:
    """Return the name of the record's parameter."""
    return f"{prefix}/rollout"


def read_record(ssm: Any, prefix: str) -> RolloutRecord | None:
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
    return RolloutRecord(
        id=str(document["id"]),
        version=str(document["version"]),
        started=started,
        deadline=read_iso(document["deadline"]) if document.get("deadline") else None,
        state=str(document["state"]),
        sentence=str(document.get("sentence") or ""),
        capacity=capacity if isinstance(capacity, int) else None,
    )


def read_progress(ssm: Any, prefix: str) -> dict[str, InstanceReport]:
    """Return what instances say of themselves, by instance id."""
    found = documents_below(ssm, record_name(prefix))
    return {name: _progress(document) for name, document in found.items() if document is not None}


def _progress(document: Mapping[str, Any]) -> InstanceReport:
    users, at = document.get("users"), read_iso(document.get("at"))
    return InstanceReport(
        at=at,
        version=str(document.get("version") or ""),
        users=users if isinstance(users, int) else None,
        state=str(document.get("state") or ""),
        since=read_iso(document.get("since")) or at,
    )


@dataclass(frozen=True, kw_only=True)
class RolloutProspect:
    """What a rollout would do: which instances leave, and how many newer ones can be there beside them."""

    old: tuple[LaunchedInstance, ...]
    target: str
    desired: int


def prospect(deployment: Deployment, group: LaunchedGroup, record: RolloutRecord | None) -> RolloutProspect:
    """Return what a rollout would do.

    Raises:
        HubctlError: One is running, nothing is old, or the group cannot launch an instance more.

    """
    name = f"--stack {deployment.stack}"
    if record is not None and record.state == RUNNING:
        raise HubctlError(
            f"a rollout to version {record.version} is running since {spoken(record.started)}",
            remedy=f"`{typed(f'rollout status {name}')}` shows how far it is; `{typed(f'rollout abort {name}')}` ends it.",
        )
    old = [one for one in group.old(group.launches) if one.counts]
    if not old:
        raise HubctlError(
            f"nothing is old: all {deployment.people} of {group.name} were launched from version {group.launches}",
            remedy=f"Apply the change first: `{typed(f'plan {name}')}` shows it. An apply makes a new version when it "
            "changes the image or what instances get at their first boot.",
        )
    suspended = sorted(group.suspended & _NEEDED)
    if suspended:
        raise HubctlError(
            f"the group {group.name} does not run {', '.join(suspended)}: these processes are suspended",
            remedy=f"`aws autoscaling resume-processes --auto-scaling-group-name {group.name}`, then start again.",
        )
    if group.desired >= group.largest:
        raise HubctlError(
            f"there is no room for a newer instance: the group {group.name} has {group.desired}, and may have "
            f"{group.largest}",
            remedy=f"Raise {deployment.largest} by one or more and apply, or wait until the group has shrunk. The more "
            "room there is, the more are replaced at a time.",
        )
    return RolloutProspect(
        old=tuple(old), target=group.launches, desired=min(group.largest, group.desired + len(old))
    )


def new_record(
    group: LaunchedGroup, found: RolloutProspect, *, deadline: datetime, sentence: str, now: datetime
) -> RolloutRecord:
    """Return the record to write."""
    return RolloutRecord(
        id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        version=found.target,
        started=now.replace(microsecond=0),
        deadline=deadline,
        state=RUNNING,
        sentence=sentence,
        capacity=group.desired,
    )


def default_sentence(deployment: Deployment, deadline: datetime) -> str:
    """Return what users read who want to start a server on an old instance."""
    until = spoken(deadline)
    if deployment.stack == "chef-hub":
        return f"The machines of the hub are being replaced. Servers on old machines may go on until {until}."
    return (
        "This machine of the Lab is being replaced by a newer one, so no server starts on it any more. Another machine takes "
        f"you, with the same files. Servers that run here may go on until {until}."
    )


def begin(
    ssm: Any,
    autoscaling: Any,
    deployment: Deployment,
    record: RolloutRecord,
    found: RolloutProspect,
    said: Mapping[str, InstanceReport],
    present: LaunchedGroup,
) -> None:
    """Write the record, and make room for newer instances; raise HubctlError when AWS refuses.

    In chef-hub the leader makes the room. In the Lab the instances can, but those of before rollouts do not know how.
    """
    for instance in set(said) - {one.id for one in present.instances}:
        delete_parameter(ssm, f"{record_name(deployment.prefix)}/{instance}")
    write_document(ssm, record_name(deployment.prefix), record.document())
    if deployment.stack == "aws-lab":
        with told_plainly(f"ask for {found.desired} instances (the rollout has begun all the same)"):
            autoscaling.set_desired_capacity(
                AutoScalingGroupName=deployment.group, DesiredCapacity=found.desired, HonorCooldown=False
            )


def abort(ssm: Any, deployment: Deployment, record: RolloutRecord | None) -> RolloutRecord:
    """End the rollout where it stands; return its record.

    Raises:
        HubctlError: None is running.

    """
    if record is None or record.state != RUNNING:
        what = f"the last one is {record.state}" if record else "there has been none"
        raise HubctlError(
            f"no rollout of {deployment.stack} is running: {what}", remedy="There is nothing to abort."
        )
    aborted = replace(record, state=ABORTED)
    write_document(ssm, record_name(deployment.prefix), aborted.document())
    return aborted
