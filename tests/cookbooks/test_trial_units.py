"""The trial cluster's hosts against the recipes: no Chef configures them, so a recipe that changes has to be followed."""

import configparser
import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from hubctl.trial.hosts import cookbook_files
from hubctl.trial.hosts.host import Host
from hubctl.trial.hosts.units import Unit
from hubctl.trial.swarm.nodes import SwarmHostInputs, furnish_leader, furnish_worker
from hubctl.trial.swarm.settings import SWARM_HOSTS
from swarm_hub.settings import check_settings
from tests.support.waiting import PATIENCE

HERE = Path(__file__).resolve().parent
ENDPOINT = "http://198.51.100.1:5000"
SECONDS = {"s": 1, "min": 60, "h": 3600}
# The trial does these more often: its tests wait for them.
QUICKER = {"chef-hub-backup": 30.0, "chef-hub-follow-leader": 10.0}
# Run when a test asks for it.
LEFT_OUT = {"chef-hub-token-rotation", "chef-hub-backup-nightly"}
# What stands for Chef's own steps, the package's systemd units, the metadata service of an instance, and the bootstrap's unit.
OWN = {
    "metadata-OUTPUT", "metadata-PREROUTING", "docker", "docker-answers", "swarm-leader", "image", "join",
    "follow-once", "note-pool", "nginx",
    "nginx-default-site", "certificate", "restore", "secrets", "chef-hub-lifecycle",
}  # fmt: skip


@pytest.fixture(scope="module")
def inputs() -> SwarmHostInputs:
    """The golden contract, as the trial starts with it."""
    attributes = cookbook_files.contract()
    aws = {"AWS_ENDPOINT_URL": ENDPOINT, "AWS_ACCESS_KEY_ID": "local-aws"}
    return SwarmHostInputs(
        attributes=attributes, aws=aws, metadata="198.51.100.1:81", image=Path("/image"), password="p" * 16
    )


@pytest.fixture(scope="module")
def recipes(inputs: SwarmHostInputs, ruby: str) -> dict[str, Any]:
    """What the recipes say; see trial_units.rb for its form."""
    given = {"contract": inputs.attributes, "extra_environment": {"AWS_ENDPOINT_URL": ENDPOINT}}
    result = subprocess.run(
        [ruby, str(HERE / "trial_units.rb")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert result.returncode == 0, result.stderr
    said: dict[str, Any] = json.loads(result.stdout)
    return said


@pytest.fixture(params=["leader", "worker"])
def host(request: pytest.FixtureRequest, tmp_path: Path, inputs: SwarmHostInputs) -> Host:
    """A host of the trial, furnished but not started."""
    host = Host(name=request.param, number=1, disk=tmp_path, shared=tmp_path, network=SWARM_HOSTS)
    (furnish_leader if request.param == "leader" else furnish_worker)(host, inputs)
    return host


def words(line: str) -> list[str]:
    """Split a command line of systemd's syntax."""
    return shlex.split(line.replace("%%", "%").replace("$$", "$"))


def seconds(span: str | None) -> float | None:
    """Return a time span of systemd's in seconds."""
    match = re.fullmatch(r"(\d+)(s|min|h)", span or "")
    return float(match[1]) * SECONDS[match[2]] if match else None


def test_every_unit_of_the_recipes_runs_with_the_same_command(host: Host, recipes: dict[str, Any]) -> None:
    wanted: dict[str, Any] = recipes[host.name]["units"]
    units = {unit.name: unit for unit in host.units}
    assert wanted.keys() - units.keys() == (LEFT_OUT & wanted.keys())
    assert units.keys() - wanted.keys() <= OWN
    for name in wanted.keys() & units.keys():
        compare(units[name], wanted[name])


def test_every_program_of_a_unit_is_on_the_host(host: Host) -> None:
    commands = [command for unit in host.units for command in (unit.command, *unit.before, *unit.after)]
    programs = {command[0] for command in commands if command[0].startswith(cookbook_files.PROGRAM_FOLDER)}
    assert programs
    assert all((host.disk / "upper" / program.lstrip("/")).is_file() for program in programs), programs


def compare(unit: Unit, wanted: dict[str, Any]) -> None:
    """Assert that a unit does what the recipe's does."""
    settings = wanted["settings"]
    assert unit.command == words(settings["ExecStart"]), unit.name
    assert unit.kind == settings.get("Type", "service")
    assert unit.every == QUICKER.get(unit.name, seconds(wanted["every"]))
    environment = dict(word.split("=", 1) for word in words(settings.get("Environment", "")))
    if "StateDirectory" in settings:
        environment["STATE_DIRECTORY"] = f"/var/lib/{settings['StateDirectory']}"
    if "SWARM_FOLDER" in environment:
        # Each host has an engine's folder of its own.
        assert unit.environment["SWARM_FOLDER"].endswith("/docker/swarm")
        environment["SWARM_FOLDER"] = unit.environment["SWARM_FOLDER"]
    assert unit.environment == environment
    # What ends with the host's namespaces needs no undoing.
    if unit.stop or unit.name.endswith("-at-stop"):
        assert unit.stop == words(settings["ExecStop"])
    before = [words(line.lstrip("-")) for line in settings.get("ExecStartPre", [])]
    # Each host has the image from the beginning.
    assert unit.before == [command for command in before if not command[0].endswith("/pull-image")]
    if unit.kind == "service":
        assert unit.restart_seconds == float(settings["RestartSec"])


def test_files_say_what_the_recipes_write(host: Host, recipes: dict[str, Any]) -> None:
    there = dict(recipes[host.name]["files"])
    assert there
    dropped = configparser.ConfigParser()
    dropped.optionxform = str  # type: ignore[assignment,method-assign]
    dropped.read_string(there.pop("/etc/systemd/system/docker.service.d/end-containers.conf"))
    engine = next(unit for unit in host.units if unit.name == "docker")
    assert engine.after == [[dropped["Service"]["ExecStopPost"].lstrip("-")]]
    for path, content in there.items():
        written = (host.disk / "upper" / path.lstrip("/")).read_text(encoding="utf-8")
        if path.endswith(".json"):
            content = content.replace("chef-hub.node=chefspec", f"chef-hub.node={host.name}")
            assert checked(path, written) == checked(path, content), path
        else:
            plain = "".join(line for line in content.splitlines(True) if not line.startswith("#"))
            assert written == plain, path


def checked(path: str, text: str) -> Any:
    """Return a JSON file's content; the hub's settings as the hub understands them, with what it takes for granted."""
    document = json.loads(text)
    return check_settings(document) if path.endswith("/settings.json") else document


def test_the_swarm_is_started_as_the_resource_starts_it(recipes: dict[str, Any]) -> None:
    resources = recipes["leader"]["resources"]
    leader = resources["swarm_leader"]
    steps = (HERE.parents[1] / "hubctl/trial/swarm/node_steps.py").read_text(encoding="utf-8")
    for pool in leader["address_pools"]:
        assert f'"--default-addr-pool", "{pool}"' in steps
    assert f'"--default-addr-pool-mask-length", "{leader["subnet_size"]}"' in steps
    assert f'"--listen-addr", "{leader["listen_address"]}"' in steps
    assert f'InstanceId="{leader["cloud_map_instance"]}"' in steps
    assert leader["token_parameter"].endswith("/swarm/worker-token")
    assert 'TOKEN = "swarm/worker-token"' in steps
    assert cookbook_files.generated_secrets() == resources["jupyterhub_secrets"]["generated"]


def test_the_hubs_image_is_checked_as_the_recipe_checks_it(
    inputs: SwarmHostInputs, recipes: dict[str, Any]
) -> None:
    assert recipes["leader"]["resources"]["jupyterhub_image"] == {
        "image": inputs.attributes["hub"]["hub_image"],
        "runs": cookbook_files.hub_image_commands(),
        "state_folder": cookbook_files.CHECKED_IMAGES_FOLDER,
    }


def test_network_and_availability_are_those_of_the_recipes(host: Host, recipes: dict[str, Any]) -> None:
    resources = recipes["leader"]["resources"]
    assert host.environment["TRIAL_NETWORK"] == resources["swarm_network"]["network_name"]
    assert host.environment["TRIAL_AVAILABILITY"] == resources["swarm_leader"]["availability"]
