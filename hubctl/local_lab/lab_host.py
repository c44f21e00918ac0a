"""A Lab instance as a host of this machine: what image, cookbooks and first boot put on it, and its units."""

import ipaddress
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from hubctl.environment.project import ROOT
from hubctl.local_lab.first_boot import SPEED, STARTED, UNITS
from hubctl.local_lab.image_layers import furnish_engine
from hubctl.local_lab.instances import Instance, told
from hubctl.local_lab.settings import LAB, REGION
from hubctl.local_swarm.cookbook_files import attribute
from hubctl.local_swarm.host import Host
from hubctl.local_swarm.image import NOTEBOOK_IMAGE
from hubctl.local_swarm.units import Unit
from stacks.hub_sources import COOKBOOKS, HUB_COMMON, LAB_HUB
from stacks.instance_types import instance_type

PROGRAMS = "/usr/local/lib/jupyterhub-lab"
BLOCK_METADATA = "/usr/local/lib/chef-hub/block-metadata"
USER_DATA = "/var/lib/cloud/user-data"
BOOTED = "/run/hubctl/first-boot"
BOOT_SECONDS = 180
# Between two runs of the agent, in seconds of AWS. On AWS its timer says 60; here starting the program takes a share of
# such a short minute, and with one run a minute some would see none.
AGENT_SECONDS = 30.0
_FILES = COOKBOOKS / "jupyterhub_lab/files/default"
_ENOUGH = (
    'until [[ -e $1 ]]; do ((SECONDS < $2)) || { echo "$1 did not appear" >&2; exit 1; }; sleep 0.1; done'
)


@dataclass(frozen=True, kw_only=True)
class LabSite:
    """What all hosts have in common. ``image`` is the folder of :func:`loaded_image`.

    ``metadata`` is ADDRESS:PORT, ``endpoint`` the local AWS's as hosts reach it.
    """

    homes: Path
    image: Path
    runtime: Path
    metadata: str
    endpoint: str
    speed: float


def lab_host(instance: Instance, number: int, disk: Path, site: LabSite) -> Host:
    """Return the host of an instance: call :func:`furnish` before it is launched."""
    host = Host(
        name=instance.id,
        number=number,
        disk=disk,
        shared=site.homes,
        wire=LAB,
        at=instance.address,
        mount_point=told(instance.user_data)["homes"]["mount_point"],
        own=("etc", "srv", "usr/local", "var"),
    )
    host.environment = {
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_ENDPOINT_URL": site.endpoint,
        "AWS_REGION": REGION,
        SPEED: str(site.speed),
    }
    host.units = _units(host, site)
    return host


def furnish(host: Host, instance: Instance, site: LabSite) -> None:
    """Put onto a host's disk what an instance has before its first boot."""
    host.disk.mkdir(parents=True)
    _programs(host, site)
    _settings(host, instance, site)
    furnish_engine(host.disk / "engine.img", host.disk / "docker", site.image)


def _programs(host: Host, site: LabSite) -> None:
    for source, target in (
        (LAB_HUB, "hub"),
        (HUB_COMMON / "hub_common", "hub/hub_common"),
        (_FILES / "session_agent", "agent/session_agent"),
    ):
        for file in source.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                host.copy(file, f"{PROGRAMS}/{target}/{file.relative_to(source)}", mode=0o644)
    host.copy(_FILES / "close-containers", f"{PROGRAMS}/programs/close-containers")
    host.copy(COOKBOOKS / "docker/files/default/block-metadata", BLOCK_METADATA)
    for unit in _FILES.glob("*.service"):
        host.copy(unit, f"{UNITS}/{unit.name}", mode=0o644)
    folder = host.disk / "upper" / PROGRAMS.lstrip("/")
    for name in ("bin", "lib", "pyvenv.cfg"):
        (folder / name).symlink_to(site.runtime / name)


def image_facts(notebook_image: str) -> dict[str, str]:
    """Return what the cookbook's library writes to image.json; a test compares the two."""
    containers = ipaddress.ip_network(attribute("jupyterhub_lab", "container_network"))
    names = {"notebook_image": notebook_image, "network": "jupyterhub-lab", "bridge": "br-lab"}
    return {**names, "subnet": str(containers), "gateway": str(containers[1])}


def _settings(host: Host, instance: Instance, site: LabSite) -> None:
    host.write(f"{PROGRAMS}/image.json", json.dumps(image_facts(NOTEBOOK_IMAGE)))
    # The tunnel to EFS, which nothing starts here: a folder of the machine is mounted in its place.
    host.write(f"{PROGRAMS}/efs.conf.in", "@FILE_SYSTEM_NAME@\n")
    size = instance_type(instance.type)
    variables = {"AWS_ENDPOINT_URL": site.endpoint, "LAB_MEMORY_GIB": f"{size.memory_gib if size else 16:g}"}
    lines = [f'{name}="{value}"\n' for name, value in variables.items()]
    host.write("/etc/jupyterhub-lab/environment", "".join(lines))
    host.write(USER_DATA, instance.user_data, mode=0o700)
    stand_in = f'exec {sys.executable} -m hubctl.local_lab.first_boot "$@"'
    host.write("/usr/local/bin/systemctl", f"#!/usr/bin/env bash\n{stand_in}\n", mode=0o755)
    daemon = {"log-driver": "json-file", "no-new-privileges": True, "userland-proxy": False}
    host.write("/etc/docker/daemon.json", json.dumps(daemon))


def _units(host: Host, site: LabSite) -> list[Unit]:
    daemon = ["dockerd", f"--data-root={host.disk}/docker", "--exec-root=/run/docker"]
    timer = [sys.executable, "-m", "hubctl.local_lab.timer", f"{AGENT_SECONDS / site.speed:g}"]
    return [
        *(_oneshot(f"metadata-{chain}", _metadata_rule(chain, site)) for chain in ("OUTPUT", "PREROUTING")),
        _oneshot("metadata-block", [BLOCK_METADATA, "add", "169.254.169.254"]),
        _oneshot("firewall", _service("jupyterhub-lab-firewall")),
        Unit(
            name="docker",
            command=[*daemon, "--pidfile=/run/docker.pid", "--host=unix:///run/docker.sock"],
            ready="/run/docker.sock",
        ),
        _oneshot("docker-answers", ["docker", "version", "--format", "{{.Server.Version}}"]),
        # As cloud-init does: in the background, while the services that it asks for come up.
        _oneshot("user-data", ["bash", "-c", f"mkdir -p /run/hubctl; ({USER_DATA}; echo $? >{BOOTED}) &"]),
        _oneshot(
            "user-data-starts-the-hub", ["bash", "-c", _ENOUGH, "wait", str(STARTED), str(BOOT_SECONDS)]
        ),
        _oneshot("prepare", _service("jupyterhub-lab-prepare")),
        Unit(name="proxy", command=_service("jupyterhub-lab-proxy"), restart_seconds=2),
        Unit(name="hub", command=_service("jupyterhub-lab"), restart_seconds=2),
        Unit(name="session-agent-timer", command=[*timer, str(UNITS / "session-agent.service")]),
        _oneshot("first-boot", ["bash", "-c", _ENOUGH, "wait", BOOTED, str(BOOT_SECONDS)]),
        _oneshot("first-boot-went-well", ["grep", "-qx", "0", BOOTED]),
    ]


def _oneshot(name: str, command: list[str]) -> Unit:
    return Unit(name=name, kind="oneshot", command=command)


def _service(name: str) -> list[str]:
    return [sys.executable, "-m", "hubctl.local_lab.systemd_service", str(UNITS / f"{name}.service")]


def _metadata_rule(chain: str, site: LabSite) -> list[str]:
    """Return the command that leads the metadata service's address to the trial's own."""
    match = ["-t", "nat", "-A", chain, "-d", "169.254.169.254", "-p", "tcp", "--dport", "80"]
    return ["iptables", "-w", "10", *match, "-j", "DNAT", "--to-destination", site.metadata]
