"""The units of the trial's leader and workers: what systemd runs on real nodes after the cookbooks have converged.

tests/cookbooks/test_trial_units.py compares them with what the recipes say.
"""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.trial.hosts import cookbook_files as cookbooks
from hubctl.trial.hosts.host import ENGINE_SOCKET, Host
from hubctl.trial.hosts.machine import run_command
from hubctl.trial.hosts.units import Unit
from hubctl.trial.swarm.hub_containers import CREDENTIALS, hub_unit, proxy_unit
from hubctl.trial.swarm.settings import OVERLAY_NETWORK

# As in the package's docker.service.
DAEMON_RESTART_SECONDS = 2.0
ENGINE_FILE = "/etc/docker/daemon.json"
SYSTEMCTL_SCRIPT = Path(__file__).resolve().parents[1] / "hosts" / "systemctl.py"
CONTRACT_FILE = "/etc/chef-hub/contract.json"
BOOTSTRAP_FOLDER = ROOT / "constructs/hub_constructs/chef_hub/bootstrap"
WORKER_SCRIPTS = ("common.sh", "facts.sh", "chef_client.sh", "hub_worker.sh")
WORKER_PROGRAM = "/var/lib/chef-hub/node.sh"
CONVERGED_FILE, COOKBOOKS_VERSION = "/var/lib/chef-hub/converged-with", "trial"
# The last line of a kind's script: everything before it only defines functions.
SCRIPT_END = "bootstrap\n"
_KEEPER_FOLDER = "/var/lib/chef-hub/keeper"
_BACKUP_FOLDER = "/var/lib/chef-hub/backup"
_METRICS_FOLDER = "/var/lib/chef-hub/metrics"
_CERTIFICATE_EVERY = {"files": 300.0, "self_signed": 43_200.0}
_CLOSED_RANGES = ("10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16")


@dataclass(frozen=True, kw_only=True)
class SwarmHostInputs:
    """What all hosts have in common. ``aws`` are the variables that lead to the local AWS; ``metadata`` is ADDRESS:PORT."""

    attributes: dict[str, Any]
    aws: Mapping[str, str]
    metadata: str
    image: Path
    password: str


def furnish_worker(host: Host, inputs: SwarmHostInputs) -> None:
    """Put onto a worker's disk what its cookbooks put there, and give it its units."""
    _furnish(host, inputs)
    contract = {"chef_hub": {**inputs.attributes, "node_kind": "worker"}}
    host.write(CONTRACT_FILE, json.dumps(contract), mode=0o600)
    host.write(WORKER_PROGRAM, worker_program(), mode=0o755)
    # No Chef runs here: the cookbooks of a host are those that it was furnished with.
    host.write(CONVERGED_FILE, COOKBOOKS_VERSION)
    host.units = worker_units(host, inputs)


def worker_units(host: Host, inputs: SwarmHostInputs) -> list[Unit]:
    """Return the units of a worker."""
    programs = cookbooks.PROGRAM_FOLDER
    follow = [f"{programs}/follow-swarm-leader"]
    follows = {
        "SWARM_SERVICE": inputs.attributes["services"]["swarm"]["id"],
        "SWARM_CLUSTER_FILE": "/var/lib/chef-hub/swarm-cluster",
    }
    return [
        *_engine(host, inputs),
        _fence("closed", *_CLOSED_RANGES),
        Unit(name="image", kind="oneshot", command=_step("have-image")),
        # First: a member that boots again after the leader was replaced knows the old address only.
        Unit(
            name="chef-hub-follow-leader",
            kind="oneshot",
            command=follow,
            environment=follows,
            every=10,
        ),
        # As the bootstrap has it, before the first converge: what goes into the warm pool does not join.
        Unit(name="note-pool", kind="oneshot", command=[WORKER_PROGRAM, "note_pool"]),
        Unit(name="join", kind="oneshot", command=_step("join")),
        # And so does one that joins anew, which must not take users before.
        Unit(name="follow-once", kind="oneshot", command=follow, environment=follows),
        Unit(
            name="chef-hub-offer-worker",
            kind="oneshot",
            command=[f"{programs}/offer-worker"],
            environment={"STATE_DIRECTORY": cookbooks.IMAGES_FOLDER, "CHEF_HUB_NETWORK": OVERLAY_NETWORK},
            every=300,
        ),
        # As the bootstrap has it, which looks more seldom.
        Unit(
            name="chef-hub-lifecycle",
            command=[WORKER_PROGRAM, "watch_lifecycle"],
            environment={"CHEF_HUB_POLL_SECONDS": "5"},
            restart_seconds=10,
        ),
    ]


def worker_program() -> str:
    """Return the program by which a worker leaves when its instance ends, from the very scripts of its user data.

    The bootstrap's `install_program` keeps it at ``WORKER_PROGRAM``. Raises HubctlError where it cannot be taken from them.
    """
    text = "\n".join((BOOTSTRAP_FOLDER / part).read_text(encoding="utf-8") for part in WORKER_SCRIPTS)
    if not text.endswith(f"\n{SCRIPT_END}"):
        raise HubctlError(
            f"{WORKER_SCRIPTS[-1]} no longer ends with {SCRIPT_END.strip()!r}",
            remedy=f"Adapt {Path(__file__).name} to it.",
        )
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "node.sh"
        settings = f"SCRATCH={folder}\nPROGRAM={program}\n"
        run_command("bash", "-s", stdin=f"{text.removesuffix(SCRIPT_END)}\n{settings}install_program\n")
        return program.read_text(encoding="utf-8")


def furnish_leader(host: Host, inputs: SwarmHostInputs) -> None:
    """Put onto the leader's disk what its cookbooks put there, and give it its units."""
    _furnish(host, inputs)
    for path, file in cookbooks.hub_package().items():
        host.copy(file, path, mode=0o644)
    for path, file in cookbooks.packages().items():
        host.copy(file, path, mode=0o644)
    write_hub_settings(host, inputs.attributes)
    _write_state(host)
    hostname = inputs.attributes["hub_hostname"]
    host.write("/etc/nginx/conf.d/chef-hub.conf", cookbooks.nginx_site(hostname))
    host.write(f"{cookbooks.CERTIFICATE_FOLDER}/.keep", "")
    host.units = leader_units(host, inputs)


def leader_units(host: Host, inputs: SwarmHostInputs) -> list[Unit]:
    """Return the units of the leader."""
    programs = cookbooks.PROGRAM_FOLDER
    hostname = inputs.attributes["hub_hostname"]
    image = inputs.attributes["hub"]["hub_image"]
    backup = _backup_environment(host)
    return [
        Unit(
            name="restore",
            kind="oneshot",
            command=[f"{programs}/hub-backup", "restore"],
            environment=backup,
        ),
        Unit(
            name="chef-hub-backup-at-stop",
            kind="oneshot",
            command=["/bin/true"],
            environment=backup,
            stop=[f"{programs}/hub-backup", "save", "stop"],
        ),
        Unit(name="secrets", kind="oneshot", command=_step("make-secrets")),
        *_engine(host, inputs),
        _fence(),
        Unit(name="swarm-leader", kind="oneshot", command=_step("lead")),
        Unit(
            name="chef-hub-credentials",
            kind="oneshot",
            command=[f"{programs}/refresh-hub-credentials"],
            environment={"CREDENTIALS_FOLDER": CREDENTIALS},
            every=300,
        ),
        Unit(
            name="chef-hub-swarm-keeper",
            kind="oneshot",
            command=[f"{programs}/keep-swarm"],
            environment={"STATE_DIRECTORY": _KEEPER_FOLDER, "CHEF_HUB_REAP_AFTER": "600"},
            every=10,
        ),
        Unit(
            name="chef-hub-worker-rollout",
            kind="oneshot",
            command=["/usr/bin/python3", "-m", "worker_rollout"],
            environment={"PYTHONPATH": programs, "PYTHONDONTWRITEBYTECODE": "1"},
            every=30,
        ),
        Unit(name="image", kind="oneshot", command=_step("have-image")),
        proxy_unit(image),
        hub_unit(image, inputs.aws["AWS_ENDPOINT_URL"]),
        Unit(
            name="chef-hub-prune-images",
            kind="oneshot",
            command=[f"{programs}/prune-images", f"{cookbooks.IMAGES_FOLDER}/hub", image],
            environment={"STATE_DIRECTORY": cookbooks.IMAGES_FOLDER},
            every=3600,
        ),
        Unit(
            name="chef-hub-backup",
            kind="oneshot",
            command=[f"{programs}/hub-backup", "save", "recent"],
            environment=backup,
            every=30,
        ),
        Unit(
            name="nginx-default-site",
            kind="oneshot",
            command=["rm", "-f", "/etc/nginx/sites-enabled/default"],
        ),
        *_certificate(inputs),
        Unit(
            name="chef-hub-metrics",
            kind="oneshot",
            command=[f"{programs}/publish-hub-metrics"],
            environment={
                "HUB_HOSTNAME": hostname,
                "ACCESS_LOG": "/var/log/nginx/access.log",
                "BACKUP_STATE": _BACKUP_FOLDER,
                "HUB_SECRETS": f"{cookbooks.CONFIG_FOLDER}/secrets.env",
                "STATE_DIRECTORY": _METRICS_FOLDER,
            },
            every=60,
        ),
    ]


def _certificate(inputs: SwarmHostInputs) -> list[Unit]:
    """Return the units that give nginx its certificate before it starts, start it, and keep the certificate up to date."""
    tls, hostname = inputs.attributes["tls"], inputs.attributes["hub_hostname"]
    program = f"{cookbooks.PROGRAM_FOLDER}/renew-certificate"
    environment = {
        "CERTIFICATE_SOURCE": tls["source"],
        "CERTIFICATE_FOLDER": cookbooks.CERTIFICATE_FOLDER,
        "CERTIFICATE_NAMES": f"{hostname} *.{hostname}",
    }
    if tls["source"] == "files":
        environment |= {"CERTIFICATE_FILE": tls["certificate_file"], "KEY_FILE": tls["key_file"]}
    return [
        Unit(name="certificate", kind="oneshot", command=[program, "--converge"], environment=environment),
        Unit(name="nginx", command=["nginx", "-g", "daemon off;"]),
        Unit(
            name="chef-hub-certificate-copy",
            kind="oneshot",
            command=[program],
            environment=environment,
            every=_CERTIFICATE_EVERY[tls["source"]],
        ),
    ]


def host_environment(host: Host, inputs: SwarmHostInputs) -> dict[str, str]:
    """Return the variables of a host's units: those of the contract, and what the trial's own steps need."""
    return {
        **cookbooks.program_environment(inputs.attributes, host.name, dict(inputs.aws)),
        "PATH": f"{aws_folder()}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PYTHONPATH": str(ROOT),
        "TRIAL_ADDRESS": host.address,
        "TRIAL_IMAGE": str(inputs.image),
        "TRIAL_NETWORK": OVERLAY_NETWORK,
        "TRIAL_PASSWORD": inputs.password,
        "TRIAL_AVAILABILITY": cookbooks.attribute("docker_swarm", "leader_availability"),
        "TRIAL_SERVICE": inputs.attributes["services"]["swarm"]["id"],
    }


def environment_file(host: Host, inputs: SwarmHostInputs) -> str:
    """Return what the cookbooks write for the programs of the nodes."""
    variables = cookbooks.program_environment(inputs.attributes, host.name, dict(inputs.aws))
    return "".join(f'{name}="{value}"\n' for name, value in variables.items())


def write_hub_settings(host: Host, attributes: dict[str, Any]) -> None:
    """Write the hub's settings.json; a hub that runs reads them when it is restarted."""
    settings = cookbooks.hub_settings_file(attributes, OVERLAY_NETWORK)
    host.write(f"{cookbooks.CONFIG_FOLDER}/settings.json", json.dumps(settings, indent=2))


def _furnish(host: Host, inputs: SwarmHostInputs) -> None:
    for path, file in cookbooks.programs().items():
        host.copy(file, path)
    host.write(cookbooks.ENVIRONMENT_FILE, environment_file(host, inputs))
    host.write(ENGINE_FILE, json.dumps(engine_settings(host.name), indent=2))
    stand_in = f'exec {sys.executable} -I -S {SYSTEMCTL_SCRIPT} {host.disk}/control "$@"'
    host.write("/usr/local/bin/systemctl", f"#!/bin/sh\n{stand_in}\n", mode=0o755)
    host.write(f"{cookbooks.IMAGES_FOLDER}/.keep", "")
    host.environment = host_environment(host, inputs)


def aws_folder() -> Path:
    """Return the folder of the AWS CLI, which the cookbooks' programs call; raise HubctlError when there is none."""
    # Beside the Python that runs this, and that one's base; then wherever the caller finds it.
    for folder in (Path(sys.prefix) / "bin", Path(sys.base_prefix) / "bin"):
        if (folder / "aws").is_file():
            return folder
    found = shutil.which("aws")
    if not found:
        raise HubctlError(
            "the AWS CLI is missing", remedy="Run `make setup`, which installs it beside hubctl."
        )
    return Path(found).parent


def engine_settings(name: str) -> dict[str, Any]:
    """Return daemon.json as the docker cookbook writes it."""
    return {
        "log-driver": "json-file",
        "log-opts": {"max-size": "10m", "max-file": "3"},
        "no-new-privileges": True,
        "labels": [f"chef-hub.node={name}"],
    }


def _engine(host: Host, inputs: SwarmHostInputs) -> list[Unit]:
    programs = cookbooks.PROGRAM_FOLDER
    return [
        *(
            Unit(name=f"metadata-{chain}", kind="oneshot", command=_metadata_rule(chain, inputs.metadata))
            for chain in ("OUTPUT", "PREROUTING")
        ),
        Unit(
            name="chef-hub-metadata-block",
            kind="oneshot",
            command=[f"{programs}/block-metadata", "add", "169.254.169.254", "fd00:ec2::254", "tcp/2049"],
        ),
        Unit(
            name="docker",
            command=host.engine_command,
            ready=ENGINE_SOCKET,
            after=[[f"{programs}/end-containers"]],
            restart_seconds=DAEMON_RESTART_SECONDS,
        ),
        Unit(
            name="docker-answers",
            kind="oneshot",
            command=["docker", "version", "--format", "{{.Server.Version}}"],
        ),
        Unit(
            name="chef-hub-engine",
            kind="oneshot",
            command=[f"{programs}/settle-engine", "docker.io", "-"],
            every=60,
        ),
    ]


def _fence(*ranges: str) -> Unit:
    """Return the unit that keeps containers from their node and, on workers, from all others."""
    command = [f"{cookbooks.PROGRAM_FOLDER}/fence-containers", "add", *ranges]
    return Unit(name="chef-hub-container-fence", kind="oneshot", command=command)


def _metadata_rule(chain: str, metadata: str) -> list[str]:
    """Return the command that leads the metadata service's address to ``metadata`` (ADDRESS:PORT)."""
    match = ["-t", "nat", "-A", chain, "-d", "169.254.169.254", "-p", "tcp", "--dport", "80"]
    return ["iptables", "-w", "10", *match, "-j", "DNAT", "--to-destination", metadata]


def _step(name: str) -> list[str]:
    return [sys.executable, "-m", "hubctl.trial.swarm.node_steps", name]


def _backup_environment(host: Host) -> dict[str, str]:
    """Return where the backup finds what it saves; the engine's folder is the host's own."""
    return {
        "BACKUP_FOLDER": f"{cookbooks.MOUNT_POINT}/{cookbooks.attribute('hub_backup', 'folder_name')}",
        "BACKUP_STATE": _BACKUP_FOLDER,
        "HUB_STATE": "/var/lib/jupyterhub",
        "HUB_SECRETS": f"{cookbooks.CONFIG_FOLDER}/secrets.env",
        "HUB_GENERATED": ",".join(cookbooks.generated_secrets()),
        "SWARM_FOLDER": f"{host.disk}/docker/swarm",
        "MOUNT_POINT": cookbooks.MOUNT_POINT,
    }


def _write_state(host: Host) -> None:
    """Write how the hub finds its credentials, and the folders of its state."""
    config = [
        "[default]",
        "region = us-east-1",
        f"credential_process = /bin/cat {CREDENTIALS}/credentials.json",
    ]
    host.write(f"{cookbooks.CONFIG_FOLDER}/aws-config", "\n".join([*config, ""]))
    host.write("/var/lib/jupyterhub/.keep", "")
    host.write(f"{_KEEPER_FOLDER}/.keep", "")
    host.write(f"{_METRICS_FOLDER}/.keep", "")
