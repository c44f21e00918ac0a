"""One run: look, decide, act, tell."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from worker_rollout import calls
from worker_rollout.decisions import Close, End, Plan, Raise, Record, SetAvailability, Step, Worker, plan

# Progress that has not changed is written anew after this long: whoever looks sees that somebody is at work.
FRESH_SECONDS = 120.0


def main() -> int:
    """Do one run; return 1 with a message when it could not be finished: the next one tries again."""
    region, prefix, group = (
        os.environ.get(name, "") for name in ("AWS_REGION", "CHEF_HUB_PREFIX", "CHEF_HUB_AUTOSCALING_GROUP")
    )
    if not region or not prefix:
        return failed(
            "AWS_REGION and CHEF_HUB_PREFIX are not set: run by systemd, with /etc/chef-hub/environment"
        )
    if not group:
        return 0
    try:
        roll(calls.Parameters(region, prefix), calls.ScalingGroup(region, group), time.time())
    except (calls.CallError, ValueError, KeyError) as error:
        return failed(str(error))
    return 0


def roll(parameters: calls.Parameters, group: calls.ScalingGroup, now: float) -> None:
    """Do the next step of the rollout, if there is one."""
    document = parameters.document()
    record = calls.read_record(document) if document else None
    if record is None or record.state not in ("running", "aborted"):
        return
    sizes, instances = group.read()
    said = parameters.progress([one.instance for one in instances])
    if record.state == "aborted" and not any(
        one.get("state") in ("closing", "leaving") for one in said.values()
    ):
        return
    workers = with_nodes(instances, said)
    next_steps = plan(record, sizes, workers, now)
    # First what is about to happen: an abort must find what an interrupted run has paused.
    tell(parameters, workers, next_steps, said, now)
    for step in next_steps.steps:
        act(step, record, parameters, group)


def with_nodes(instances: Sequence[Worker], said: Mapping[str, Mapping[str, Any]]) -> list[Worker]:
    """Return the workers with what the Swarm knows of them."""
    nodes = calls.read_nodes()
    found = []
    for worker in instances:
        node = nodes.get(worker.instance)
        state = str(said.get(worker.instance, {}).get("state") or "")
        if node is None:
            found.append(replace(worker, said=state))
            continue
        found.append(
            replace(
                worker,
                node=node.id,
                availability=node.availability,
                usable=node.ready and node.availability == "active" and node.holds_image,
                servers=calls.servers_on(node.id),
                said=state,
            )
        )
    return found


def act(step: Step, record: Record, parameters: calls.Parameters, group: calls.ScalingGroup) -> None:
    """Take a step. Each can be taken again after an interruption."""
    if isinstance(step, Raise):
        say(f"asking for {step.desired} workers")
        group.raise_to(step.desired)
    elif isinstance(step, SetAvailability):
        say(f"{step.worker.instance}: {step.availability}")
        calls.set_availability(step.worker.node, step.availability)
    elif isinstance(step, End):
        say(f"ending {step.worker.instance}{', and no other one comes for it' if step.decrement else ''}")
        group.end(step.worker.instance, decrement=step.decrement)
    elif isinstance(step, Close):
        say(f"the rollout is {step.state}: {step.why}")
        parameters.close(record, step.state, step.why)


def tell(
    parameters: calls.Parameters,
    workers: Sequence[Worker],
    next_steps: Plan,
    said: Mapping[str, Mapping[str, Any]],
    now: float,
) -> None:
    """Write the progress of each worker that has changed, or was written long ago."""
    for worker in workers:
        state = next_steps.states.get(worker.instance)
        if state is None:
            continue
        before = said.get(worker.instance, {})
        note = next_steps.note if state in ("closing", "leaving", "waiting") else ""
        document = {"version": worker.version, "users": worker.servers, "state": state, "note": note}
        same = {key: before.get(key) for key in document} == document
        at = before.get("at")
        if same and at and now - calls.moment(str(at)) < FRESH_SECONDS:
            continue
        since = before.get("since") if before.get("state") == state else None
        parameters.tell(worker.instance, {**document, "at": iso(now), "since": since or iso(now)})


def iso(now: float) -> str:
    """Return a moment as it is stored."""
    return datetime.fromtimestamp(now, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017 - Python 3.10


def say(sentence: str) -> None:
    """Write a line of the log."""
    print(f"worker-rollout: {sentence}", file=sys.stderr)


def failed(why: str) -> int:
    """Write why the run failed; return its exit code."""
    say(f"error: {why}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
