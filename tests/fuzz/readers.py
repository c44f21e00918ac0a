"""Every reader of what others bring, with good input for each: what reads must give a result or refuse in a sentence."""

import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hubctl.adopt.answers import read_answers
from hubctl.adopt.division import Division, addresses_set_aside, divide, without_set_aside
from hubctl.adopt.inference.recognition import check_stack
from hubctl.adopt.inference.settings import infer
from hubctl.adopt.matching.candidates import planned_resources
from hubctl.adopt.matching.matching import match_resources
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.preconditions import Counterparts, check_preconditions
from hubctl.adopt.state.source import state_from
from hubctl.adopt.state.value_shapes import check_values, with_older_values
from hubctl.cookbooks.bundle import pack
from hubctl.core.configuration.given_variables import read_numbers, read_pairs, split_pairs
from hubctl.core.configuration.stack import read_configuration
from hubctl.core.configuration.synthesized import JSON
from hubctl.core.configuration.variable_values import variable_values
from hubctl.core.errors import HubctlError
from hubctl.core.live import moment
from hubctl.core.project_folders import ROOT
from hubctl.core.terraform.provider_schemas import provider_schemas
from hubctl.plan.run import environment_words, read_arguments
from hubctl.prices import files as prices
from hubctl.simulate import model
from hubctl.simulate.arrivals import read_arrivals
from hubctl.simulate.suggest import read_aim
from stacks.adoption.file import AdoptionError
from stacks.registry import STACK_NAMES
from stacks.settings import scaling_guards
from stacks.settings.loading import SettingsError, load_settings
from stacks.settings.text_files import EditedFileError
from stacks.timetable.reading import read_timetable
from tests.fuzz.seeds import (
    ADOPTION,
    ANSWERS,
    ARRIVALS,
    CALENDAR,
    HUB_SETTINGS,
    IMAGE,
    INSTANCE,
    METADATA,
    ROLE,
    ROLLOUT,
    SETTINGS,
    SHOWN,
    TFVARS,
    TIMETABLE,
    VARIABLES,
    WORDS,
    WORKER,
    dumped,
    small,
)

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
STATES = ROOT / "tests/plan/fixtures/adopt/states"


@dataclass(frozen=True, kw_only=True)
class Reader:
    """What reads a file with foreign content.

    ``read`` is given the path, whose name is ``file``. ``refusals`` are the errors by which it may say no. ``slow`` readers
    start other programs; they get fewer inputs.
    """

    name: str
    read: Callable[[Path], object]
    seeds: tuple[bytes, ...]
    file: str = "given"
    refusals: tuple[type[Exception], ...] = (HubctlError,)
    share: float = 1.0


# In the order of :func:`readers`; known without making their input
NAMES = (
    "state",
    "state of a Lab, up to the plan",
    "state of a hub, up to the plan",
    "adoption file",
    "adoption file, synthesized",
    "answers file",
    "cdktf.json",
    "CDKTF_CONTEXT_JSON",
    "arrivals",
    "timetable",
    "calendar",
    "prices of instances",
    "prices of services",
    "instance types",
    "synthesized stack",
    "arguments of a plan",
    "--compare",
    "--assume",
    "--until",
    "--suggest",
    "terraform.tfvars",
    "TF_VAR_",
    "settings of the hub",
    "settings of the Lab",
    "settings of the agent",
    "record of an image",
    "record of a rollout",
    "role of a cookbook",
    "metadata of a cookbook",
)


def read_instance_types(path: Path) -> object:
    """Read the table of instance types."""
    shipped, scaling_guards.FILE = scaling_guards.FILE, path
    scaling_guards.forget()
    try:
        return scaling_guards.families()
    finally:
        scaling_guards.FILE = shipped
        scaling_guards.forget()


def argument(path: Path) -> str:
    """Return what Python makes of an argument or a variable of any bytes; neither can hold NUL."""
    return path.read_bytes().replace(b"\0", b"").decode("utf-8", errors="surrogateescape")


def read_settings_file(path: Path) -> object:
    """Read the project's settings."""
    return load_settings(path.parent, {})


def read_environment(path: Path) -> object:
    """Read settings from an environment variable."""
    return load_settings(path.parent / "none", {"CDKTF_CONTEXT_JSON": argument(path)})


def read_adoption_file(path: Path) -> object:
    """Read the project's settings with an adoption file."""
    return load_settings(path.parents[1], {})


def synthesize_adoption(path: Path) -> object:
    """Synthesize a stack with an adoption file laid over it."""
    from stacks.app import App, build_stack

    settings = load_settings(path.parents[1], {})
    app = App(stack_traces=False, outdir=str(path.parents[1] / "out"))
    return build_stack(app, settings, "aws-lab").to_terraform()


def pair(configuration: Mapping[str, Any], stack: str) -> Callable[[Path], object]:
    """Return what reads a state and does with it all that an adoption does before its first plan."""
    schemas = provider_schemas()
    request = AdoptionRequest(stack=stack, project=ROOT, settings={})
    given = {"hosted_zone", "target_domain"}  # so that Route 53 is not asked

    def prepare(state: ExistingState) -> Division:
        check_values(state, schemas)
        check_preconditions(state, schemas, stack, lambda _: Counterparts())
        found = infer(without_set_aside(state, request), request, given)
        matching = match_resources(
            planned_resources(configuration, found.settings),
            state.resources,
            chosen={},
            set_aside=addresses_set_aside(state, request),
            likely=found.likely,
        )
        return divide(state, request, matching, found.group_id)

    def read(path: Path) -> object:
        state = state_from(str(path), None)
        check_stack(without_set_aside(state, request), stack, {})
        Secrets(state, schemas)
        return with_older_values(lambda: prepare(state), state, schemas)

    return read


def read_stack(path: Path) -> object:
    """Read the JSON of a synthesized stack."""
    return read_configuration(path)


def read_prices(path: Path) -> object:
    """Read the price files with this one in the place of the file of its name."""
    for file in prices.FOLDER.glob("*.json"):
        if file.name != path.name:
            (path.parent / file.name).write_bytes(file.read_bytes())
    shipped, prices.FOLDER = prices.FOLDER, path.parent
    prices.forget()
    try:
        return prices.price_files()
    finally:
        prices.FOLDER = shipped
        prices.forget()


def read_words(path: Path) -> object:
    """Read the arguments of a plan: those of the environment, and those of a command line."""
    text = argument(path)
    return environment_words({"TF_CLI_ARGS_plan": text}), read_arguments(text.split(), path.parent)


def read_compared(path: Path) -> object:
    """Read pairs of names and values, as ``--compare`` has them."""
    return read_pairs(split_pairs(argument(path)), "--compare")


def read_assumed(path: Path) -> object:
    """Read pairs of names and numbers, as ``--assume`` has them."""
    return read_numbers(argument(path).split(","), "--assume")


def read_time(path: Path) -> object:
    """Read a point in time, as a command line has it."""
    return moment(argument(path), NOW, option="--until")


def read_what_is_aimed_at(path: Path) -> object:
    """Read an aim of ``simulate --suggest``."""
    return read_aim(argument(path), model.SimulationAssumptions())


def read_variables(path: Path) -> object:
    """Read a file of variables as Terraform does, in the folder of a stack."""
    return variable_values(VARIABLES, environment={}, folder=path.parent)


def read_variable(path: Path) -> object:
    """Read a variable from the environment as Terraform does."""
    return variable_values(VARIABLES, environment={"TF_VAR_zones": argument(path)})


def read_node(module: str) -> Callable[[Path], object]:
    """Return what reads the settings of a node, by the module on the node that does."""

    def read(path: Path) -> object:
        return importlib.import_module(module).load_settings(path)

    return read


def read_image(path: Path) -> object:
    """Read what the recipe wrote into the image."""
    return importlib.import_module("lab_hub.settings").load_image(path)


def pack_role(path: Path) -> object:
    """Pack a folder of cookbooks with this role."""
    return _pack(path.parents[1], METADATA)


def pack_metadata(path: Path) -> object:
    """Pack a folder of cookbooks in which one has this metadata."""
    return _pack(path.parents[1], None)


def _pack(folder: Path, metadata: bytes | None) -> object:
    for name in ("docker/recipes", "roles", "hub_leader", "hub_worker"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("leader", "worker"):
        (folder / f"hub_{name}/metadata.rb").write_text(f"name 'hub_{name}'\n")
    (folder / "roles/worker.json").write_bytes(WORKER)
    if metadata is None:
        (folder / "roles/server.json").write_bytes(ROLE)
    else:
        (folder / "docker/metadata.rb").write_bytes(metadata)
    return pack(folder)


def read_rollout(path: Path) -> object:
    """Read the record of a rollout, and what an instance says of itself, as the agent does."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    agent = importlib.import_module("session_agent.rollout")
    return agent.read_progress(text), agent.read_record(text)


def readers(synthesized: Path) -> tuple[Reader, ...]:
    """Return all readers. ``synthesized`` is a folder such as cdktf.out, with both stacks."""
    host = provider_schemas().source.split("/")[0].encode()
    states = {file.stem: file.read_bytes().replace(b"PROVIDER_HOST", host) for file in STATES.glob("*.json")}
    hub = states.pop("hub")
    labs = tuple(states[name] for name in ("institute", "seminar", "workshop"))
    stacks = {stack: (synthesized / "stacks" / stack / JSON).read_bytes() for stack in STACK_NAMES}
    node = (importlib.import_module("hub_common.settings").SettingsError,)
    return (
        Reader(
            name="state",
            read=lambda path: state_from(str(path), None),
            seeds=(small(labs[0]), small(hub), json.dumps(SHOWN).encode()),
        ),
        Reader(
            name="state of a Lab, up to the plan",
            read=pair(json.loads(stacks["aws-lab"]), "aws-lab"),
            seeds=labs,
            share=0.1,
        ),
        Reader(
            name="state of a hub, up to the plan",
            read=pair(json.loads(stacks["chef-hub"]), "chef-hub"),
            seeds=(hub,),
            share=0.1,
        ),
        Reader(
            name="adoption file",
            read=read_adoption_file,
            seeds=(dumped(ADOPTION),),
            file="adoption/aws-lab.json",
            refusals=(SettingsError,),
        ),
        Reader(
            name="adoption file, synthesized",
            read=synthesize_adoption,
            seeds=(dumped(ADOPTION),),
            file="adoption/aws-lab.json",
            refusals=(SettingsError, AdoptionError),
            share=0.002,
        ),
        Reader(name="answers file", read=read_answers, seeds=(ANSWERS,)),
        Reader(
            name="cdktf.json",
            read=read_settings_file,
            seeds=(dumped({"language": "python", "context": SETTINGS}),),
            file="cdktf.json",
            refusals=(SettingsError,),
        ),
        Reader(
            name="CDKTF_CONTEXT_JSON",
            read=read_environment,
            seeds=(dumped(SETTINGS),),
            refusals=(SettingsError,),
        ),
        Reader(name="arrivals", read=read_arrivals, seeds=ARRIVALS),
        *(
            Reader(
                name=name,
                read=read_timetable,
                seeds=(seed,),
                file=file,
                refusals=(EditedFileError,),
                share=0.5,
            )
            for name, seed, file in (("timetable", TIMETABLE, "t.yaml"), ("calendar", CALENDAR, "t.ics"))
        ),
        Reader(
            name="prices of instances",
            read=read_prices,
            seeds=((prices.FOLDER / "ec2.json").read_bytes(),),
            file="ec2.json",
        ),
        Reader(
            name="prices of services",
            read=read_prices,
            seeds=((prices.FOLDER / "services.json").read_bytes(),),
            file="services.json",
        ),
        Reader(
            name="instance types",
            read=read_instance_types,
            seeds=(scaling_guards.FILE.read_bytes(),),
            refusals=(EditedFileError,),
        ),
        Reader(name="synthesized stack", read=read_stack, seeds=tuple(stacks.values()), share=0.1),
        Reader(name="arguments of a plan", read=read_words, seeds=(WORDS,)),
        Reader(name="--compare", read=read_compared, seeds=(b"max_size=3,zones=[1,2],a=b",)),
        Reader(name="--assume", read=read_assumed, seeds=(b"boot=120,spawn=7.5",)),
        Reader(name="--until", read=read_time, seeds=(b"2026-12-01T18:30", b"8h", b"18:30", b"1d2h3m")),
        Reader(name="--suggest", read=read_what_is_aimed_at, seeds=(b"p95<=60s", b"refused=0", b"max<5min")),
        Reader(
            name="terraform.tfvars",
            read=read_variables,
            seeds=(TFVARS,),
            file="terraform.tfvars",
            share=0.0002,
        ),
        Reader(name="TF_VAR_", read=read_variable, seeds=(b'["a","b",]', b"[]"), share=0.0002),
        Reader(
            name="settings of the hub",
            read=read_node("swarm_hub.settings"),
            seeds=(dumped(HUB_SETTINGS),),
            refusals=node,
        ),
        Reader(
            name="settings of the Lab",
            read=read_node("lab_hub.settings"),
            seeds=(dumped(INSTANCE),),
            refusals=node,
        ),
        Reader(
            name="settings of the agent",
            read=read_node("session_agent.settings"),
            seeds=(dumped(INSTANCE),),
            refusals=(importlib.import_module("session_agent.settings").SettingsError,),
        ),
        Reader(name="record of an image", read=read_image, seeds=(dumped(IMAGE),), refusals=node),
        Reader(
            name="record of a rollout", read=read_rollout, seeds=(dumped(ROLLOUT),), refusals=(ValueError,)
        ),
        Reader(
            name="role of a cookbook",
            read=pack_role,
            seeds=(ROLE,),
            file="cookbooks/roles/server.json",
            share=0.3,
        ),
        Reader(
            name="metadata of a cookbook",
            read=pack_metadata,
            seeds=(METADATA,),
            file="cookbooks/docker/metadata.rb",
            share=0.3,
        ),
    )
