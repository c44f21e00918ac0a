"""What the rollout asks AWS and Docker, by their command lines; each call is bounded in time."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from worker_rollout.decisions import Group, Record, Worker

SECONDS = 60.0
IMAGE_LABEL = "chef-hub.image-"
_INSTANCE = re.compile(r"(?:^|-)(i-[0-9a-f]{8,17})$")


class CallError(Exception):
    """A command failed; the message says which, and what it said."""


def run(*words: str) -> str:
    """Return the standard output of a command; raise CallError when it fails or takes too long."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CallError(f"{' '.join(words[:4])}: {error}") from error
    if done.returncode:
        raise CallError(f"{' '.join(words[:4])} failed: {done.stderr.strip()}")
    return done.stdout


class Parameters:
    """The record of the rollout and the progress of its instances, in SSM."""

    def __init__(self, region: str, prefix: str) -> None:
        self._region, self._name = region, f"{prefix}/rollout"

    def document(self) -> dict[str, Any] | None:
        """Return the record as it is stored, None when there is none; raise CallError when it cannot be used."""
        return self._read([self._name]).get(self._name)

    def progress(self, instances: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return what was last written about instances."""
        names = [f"{self._name}/{instance}" for instance in instances]
        found = self._read(names)
        return {name.rpartition("/")[2]: document for name, document in found.items()}

    def tell(self, instance: str, document: Mapping[str, Any]) -> None:
        """Write an instance's progress."""
        self._write(f"{self._name}/{instance}", document)

    def close(self, record: Record, state: str, why: str) -> None:
        """End the rollout, unless the operator has ended it, or has begun another one meanwhile."""
        document = self.document()
        if document and document.get("id") == record.id and document.get("state") == "running":
            self._write(self._name, {**document, "state": state, "ended": why})

    def _read(self, names: Sequence[str]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for first in range(0, len(names), 10):  # as many as one call takes
            answer = aws(self._region, "ssm", "get-parameters", "--names", *names[first : first + 10])
            for parameter in answer["Parameters"]:
                try:
                    document = json.loads(parameter["Value"])
                except ValueError as error:
                    raise CallError(f"{parameter['Name']} is not JSON") from error
                if isinstance(document, dict):
                    found[parameter["Name"]] = document
        return found

    def _write(self, name: str, document: Mapping[str, Any]) -> None:
        words = ["ssm", "put-parameter", "--name", name, "--type", "String", "--overwrite"]
        aws(self._region, *words, "--value", json.dumps(document))


def aws(region: str, *words: str) -> Any:
    """Return an answer of the AWS CLI."""
    said = run("aws", "--region", region, *words, "--output", "json")
    return json.loads(said) if said.strip() else {}


def read_record(document: Mapping[str, Any]) -> Record:
    """Return the record; raise CallError when it cannot be used."""
    try:
        deadline, capacity = document.get("deadline"), document.get("capacity")
        return Record(
            id=str(document["id"]),
            version=str(document["version"]),
            state=str(document["state"]),
            deadline=moment(deadline) if deadline else None,
            capacity=None if capacity is None else int(capacity),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CallError(f"the record of the rollout cannot be used: {error!r}") from error


def moment(text: str) -> float:
    """Return an ISO time in seconds; without a zone it is UTC."""
    parsed = datetime.fromisoformat(re.sub(r"Z$", "+00:00", text))
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=timezone.utc)).timestamp()  # noqa: UP017 - Python 3.10


@dataclass(frozen=True, kw_only=True)
class Node:
    """A worker's node in the Swarm."""

    id: str
    ready: bool
    availability: str
    holds_image: bool


def read_nodes() -> dict[str, Node]:
    """Return the workers' nodes by instance; of an instance that has joined anew, the one that lives."""
    ids = run("docker", "node", "ls", "--filter", "role=worker", "--quiet").split()
    found: dict[str, Node] = {}
    for node in json.loads(run("docker", "node", "inspect", *ids)) if ids else ():
        engine = node["Description"].get("Engine") or {}
        match = _INSTANCE.search((engine.get("Labels") or {}).get("chef-hub.node", ""))
        ready = node["Status"]["State"] == "ready"
        if not match or (match[1] in found and not ready):
            continue
        labels = node["Spec"].get("Labels") or {}
        found[match[1]] = Node(
            id=node["ID"],
            ready=ready,
            availability=node["Spec"]["Availability"],
            holds_image=any(name.startswith(IMAGE_LABEL) and labels[name] == "true" for name in labels),
        )
    return found


def servers_on(node: str) -> int:
    """Return how many notebook servers run on a node, or are about to."""
    listing = run("docker", "node", "ps", node, "--filter", "desired-state=running", "--format", "{{.Name}}")
    return sum(name.startswith("notebook-") for name in listing.split())


class ScalingGroup:
    """The workers' auto scaling group."""

    def __init__(self, region: str, name: str) -> None:
        self._region, self._name = region, name

    def read(self) -> tuple[Group, list[Worker]]:
        """Return the group and its instances, without what the Swarm knows of them."""
        words = ["describe-auto-scaling-groups", "--auto-scaling-group-names", self._name]
        groups = aws(self._region, "autoscaling", *words)["AutoScalingGroups"]
        if not groups:
            raise CallError(f"there is no auto scaling group {self._name}")
        workers = [
            Worker(
                instance=instance["InstanceId"],
                version=str((instance.get("LaunchTemplate") or {}).get("Version") or ""),
                lifecycle=instance["LifecycleState"],
            )
            for instance in groups[0]["Instances"]
        ]
        return Group(desired=groups[0]["DesiredCapacity"], maximum=groups[0]["MaxSize"]), workers

    def raise_to(self, desired: int) -> None:
        """Ask for so many workers."""
        words = ["set-desired-capacity", "--auto-scaling-group-name", self._name]
        aws(self._region, "autoscaling", *words, "--desired-capacity", str(desired), "--no-honor-cooldown")

    def end(self, instance: str, *, decrement: bool) -> None:
        """End an instance. The group's hook lets it leave first."""
        words = ["terminate-instance-in-auto-scaling-group", "--instance-id", instance]
        flag = (
            "--should-decrement-desired-capacity" if decrement else "--no-should-decrement-desired-capacity"
        )
        aws(self._region, "autoscaling", *words, flag)


def set_availability(node: str, availability: str) -> None:
    """Pause, drain or open a node. Swarm leaves alone what runs on a paused one."""
    run("docker", "node", "update", "--availability", availability, node)
