"""May this server start on this instance? A pure decision over what was observed: yes, or a refusal with a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from swarm_hub.admission import Disk, Refuse, UserDisk, refuse_for_files, refuse_for_maintenance
from swarm_hub.sizes import GIB, gib

# Left of what the kernel reports for the system, the engine, the hub and its proxy. The stack's guard against too small
# instances (stacks/scaling_guards.py) takes 1.5 GiB off the type's nominal size, of which the kernel keeps a part.
SYSTEM_RESERVE = GIB
# Homes on the instance's own disk share it with the engine's images. EFS grows, and is never full: there quotas count.
DISK_PERCENT = 90


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was observed. ``draining_sentence`` is what users are told while it drains, empty for the usual.

    ``others`` are other users' servers here that run or start; memory is in bytes.
    ``closed`` says why this user may start nothing now, because of maintenance.
    """

    draining: bool
    draining_sentence: str = ""
    others: int
    memory: int
    disk: Disk
    user_disk: UserDisk
    closed: str = ""


def places(memory: int, user_memory: int) -> int:
    """Return how many servers of ``user_memory`` bytes an instance of ``memory`` bytes takes."""
    return max(0, memory - SYSTEM_RESERVE) // user_memory


def decide(user_memory: int, seen: Situation) -> Refuse | None:
    """Return why a server of ``user_memory`` bytes may not start; None when it may."""
    if seen.closed:
        return refuse_for_maintenance(seen.closed)
    if seen.draining:
        return Refuse(
            limit="draining",
            sentence=seen.draining_sentence
            or "This machine of the Lab is about to be switched off, so no server starts on it any more. Another "
            "machine takes you, with the same files.",
        )
    return refuse_for_files(seen.disk, seen.user_disk, DISK_PERCENT) or _room(user_memory, seen)


def _room(user_memory: int, seen: Situation) -> Refuse | None:
    all_places = places(seen.memory, user_memory)
    if all_places == 0:
        return Refuse(
            limit="machine_memory",
            sentence=f"A server needs {gib(user_memory)}, more than this machine of {gib(seen.memory)} has to give. Ask the "
            "administrators for a larger instance_type or a smaller user_memory_gib.",
        )
    if seen.others >= all_places:
        return Refuse(
            limit="machine_full",
            sentence=f"All {all_places} places on this machine are taken. Another machine takes you, with the same files; "
            "if none has room yet, one is on its way: try again in some minutes.",
        )
    return None


ENGINE_AWAY = Refuse(
    limit="engine",
    sentence="The container engine of this machine does not answer. Your files are untouched. Try again in a minute; if it "
    "stays so, tell the administrators.",
)
# Refusals of this machine that say nothing about the others.
ELSEWHERE = {"draining", "machine_full", "engine"}
