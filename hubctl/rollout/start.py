"""The beginning and the abort of a rollout: what is refused, what is written, and the room for newer instances."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hubctl.calling import typed
from hubctl.cookbooks.aws_errors import told_plainly
from hubctl.errors import HubctlError
from hubctl.live.deployment import Deployment
from hubctl.live.moments import spoken
from hubctl.live.parameters import delete_parameter, write_document
from hubctl.rollout.group import Group, Instance
from hubctl.rollout.record import ABORTED, RUNNING, Progress, Record, record_name

_NEEDED = frozenset({"Launch", "Terminate", "HealthCheck", "AddToLoadBalancer"})


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What a rollout would do: which instances leave, and how many newer ones can be there beside them."""

    old: tuple[Instance, ...]
    target: str
    desired: int


def prospect(deployment: Deployment, group: Group, record: Record | None) -> Prospect:
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
            "changes the image or what is told at the first boot.",
        )
    suspended = sorted(group.suspended & _NEEDED)
    if suspended:
        raise HubctlError(
            f"the group {group.name} does not run {', '.join(suspended)}: somebody has suspended that",
            remedy=f"`aws autoscaling resume-processes --auto-scaling-group-name {group.name}`, then start again.",
        )
    if group.desired >= group.largest:
        raise HubctlError(
            f"there is no room for a newer instance: the group {group.name} has {group.desired}, and may have "
            f"{group.largest}",
            remedy=f"Raise {deployment.largest} by one or more and apply, or wait until the group has shrunk. The more "
            "room there is, the more are replaced at a time.",
        )
    return Prospect(
        old=tuple(old), target=group.launches, desired=min(group.largest, group.desired + len(old))
    )


def new_record(group: Group, found: Prospect, *, deadline: datetime, sentence: str, now: datetime) -> Record:
    """Return the record to write."""
    return Record(
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
    record: Record,
    found: Prospect,
    said: Mapping[str, Progress],
    present: Group,
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


def abort(ssm: Any, deployment: Deployment, record: Record | None) -> Record:
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
