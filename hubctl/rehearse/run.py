"""One rehearsal from beginning to end: the stack's sizes, the programme, the trial, the users."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from hubctl.core.configuration.given_variables import check_variables, given_values, read_pairs
from hubctl.core.configuration.stack import read_configuration
from hubctl.core.configuration.synthesized import synthesized
from hubctl.core.console import err
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from hubctl.rehearse.aims import RehearsalAim
from hubctl.rehearse.play import Player, Rehearsal
from hubctl.rehearse.programme import Programme, make_programme
from hubctl.rehearse.report import RehearsalReport
from hubctl.rehearse.roster import RosterRow
from hubctl.rehearse.stages import Sizes, Stage, cluster_stage, lab_stage
from hubctl.simulate.model import StackModel
from hubctl.simulate.stack_reading import read_stack
from stacks.settings.capacity import GROUP_SETTINGS
from stacks.timetable.model import Timetable


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked for, all of it checked by itself; whether it fits together, :func:`plan` finds out."""

    stack: str
    aims: Sequence[RehearsalAim]
    roster: Sequence[RosterRow]
    timetable: Timetable | None
    announced: bool
    chosen: str
    users: int | None
    seed: int
    speed: float
    places: int | None
    pool: int | None
    largest: int
    variables: Sequence[str]
    folder: Path | None
    now: datetime


@dataclass(frozen=True, kw_only=True)
class RehearsalPlan:
    """What will be played, on what. ``values`` are the stack's variables as they count here."""

    model: StackModel
    values: Mapping[str, Any]
    sizes: Sizes
    programme: Programme


def rehearse(request: Request) -> RehearsalReport:
    """Rehearse; raise BadInputError before anything is started, HubctlError where the trial does not come up."""
    check_machine_for(request.stack)
    made = plan(request)
    make = lab_stage if request.stack == "aws-lab" else cluster_stage
    with make(made.sizes, made.model, made.values) as stage:
        err.say(f"{len(made.programme.guests)} users come; minutes are those of AWS")
        seen = asyncio.run(_played(stage, made))
        err.say("stopping")
    return RehearsalReport(
        stack=request.stack,
        model=made.model,
        sizes=made.sizes,
        programme=made.programme,
        seen=seen,
        aims=request.aims,
    )


async def _played(stage: Stage, made: RehearsalPlan) -> Rehearsal:
    return await Player(stage, made.programme, speed=made.sizes.speed, tell=err.say).play()


def check_machine_for(stack: str) -> None:
    """Raise BadInputError where the trial cannot run on this machine."""
    if stack == "aws-lab":
        from hubctl.trial.lab.settings import check_machine

        check_machine()
    else:
        from hubctl.trial.hosts.machine import need_programs, need_root
        from hubctl.trial.swarm.cli import TOOLS

        need_root()
        need_programs(TOOLS)


def plan(request: Request) -> RehearsalPlan:
    """Read the stack, and decide sizes and programme; raise BadInputError where they do not fit this machine."""
    pairs = read_pairs(request.variables, "--var")
    with synthesized(ROOT, request.stack, request.folder) as file:
        declared = read_configuration(file).get("variable", {})
        given = given_values(declared, pairs)
        check_variables(request.stack, dict(given))
        model = read_stack(file, request.stack, given)
        values = {name: block.get("default") for name, block in declared.items()} | dict(given)
    places = request.places or model.places
    smallest = max(1, min(model.group.min_size, request.largest))
    spare = int(values.get(GROUP_SETTINGS[request.stack].spare) or 0)
    programme = make_programme(
        roster=request.roster,
        timetable=request.timetable,
        announced=request.announced,
        chosen=request.chosen,
        users=request.users,
        places=places,
        spare=spare,
        smallest=smallest,
        seed=request.seed,
        now=request.now,
    )
    if GROUP_SETTINGS[request.stack].spare not in values:  # a stack that keeps no places free
        programme = replace(programme, spare_times=())
    largest = min(request.largest, model.group.max_size)
    _check_room(programme, largest, places)
    sizes = Sizes(
        places=places,
        smallest=smallest,
        largest=max(largest, smallest),
        speed=request.speed,
        users=len(programme.guests),
        pool=_pool(request.pool, model, largest - smallest),
        spare=spare,
    )
    return RehearsalPlan(model=model, values=values, sizes=sizes, programme=programme)


def _pool(asked: int | None, model: StackModel, room: int) -> int:
    """Return how many hosts wait in the warm pool: as many as the stack's, where that many may come into the group."""
    group = model.group
    stacks = group.warm_pool.size(desired=group.min_size, max_size=group.max_size) if group.warm_pool else 0
    return asked if asked is not None else max(0, min(stacks, room))


def _check_room(programme: Programme, largest: int, places: int) -> None:
    """Refuse what cannot be played: a timetable that needs more hosts than there may be."""
    needed = max((step.instances for step in programme.steps), default=0)
    if needed > largest:
        raise BadInputError(
            f"the timetable needs {needed} instances of {places} places, and there may be {largest} (--max-size, and the "
            "stack's largest size)",
            remedy="Let fewer --users come, raise --max-size as far as this machine goes, or give --places more users.",
        )
