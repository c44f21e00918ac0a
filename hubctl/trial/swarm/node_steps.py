"""Steps of a host that the cookbooks' resources take on a real node: form the Swarm, join it, have the image.

Run inside a host as ``python -m hubctl.trial.swarm.node_steps STEP``; settings come as environment variables.
"""

import contextlib
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3

from hubctl.trial.hosts.cookbook_files import generated_secrets, proxy_secrets

RESTORED = "/var/lib/chef-hub/backup/swarm-restored"
CLUSTER_FILE = Path("/var/lib/chef-hub/swarm-cluster")
POOLED_FILE = Path("/var/lib/chef-hub/pooled")
SECRETS_FILE = Path("/etc/jupyterhub/secrets.env")
JOIN_SECONDS = 600.0
LEAD_SECONDS = 300.0
DOCKER = "/usr/bin/docker"
SYSTEMCTL = "/usr/local/bin/systemctl"
TOKEN = "swarm/worker-token"  # noqa: S105 - the parameter's name


def lead() -> None:
    """Start the Swarm and its network unless this host leads one, then publish its address and its token."""
    options = ["--advertise-addr", os.environ["TRIAL_ADDRESS"], "--listen-addr", "0.0.0.0:2377"]
    restored = Path(RESTORED)
    if restored.exists():
        _docker("swarm", "init", "--force-new-cluster", *options)
        # As the cookbook has it: the networks may have the address of the leader before.
        subprocess.run([SYSTEMCTL, "restart", "docker"], check=True, timeout=LEAD_SECONDS)
        _wait_until_it_leads()
        restored.unlink()
    if _swarm_state() != "active":
        options += ["--default-addr-pool", "100.64.0.0/12", "--default-addr-pool-mask-length", "22"]
        _docker("swarm", "init", *options, "--availability", os.environ["TRIAL_AVAILABILITY"])
    network = os.environ["TRIAL_NETWORK"]
    if network not in _docker("network", "ls", "--format", "{{.Name}}").split():
        _docker("network", "create", "--driver", "overlay", "--attachable", network)
    discovery = _client("servicediscovery")
    discovery.register_instance(
        ServiceId=os.environ["TRIAL_SERVICE"],
        InstanceId="swarm_svc_master",
        Attributes={"AWS_INSTANCE_IPV4": os.environ["TRIAL_ADDRESS"]},
    )
    _client("ssm").put_parameter(
        Name=_parameter(TOKEN),
        Type="SecureString",
        Overwrite=True,
        Value=_docker("swarm", "join-token", "--quiet", "worker").strip(),
    )


def join() -> None:
    """Join the Swarm whose address and token the leader publishes; do nothing where this host is a member, or in the pool."""
    if POOLED_FILE.exists():
        return
    deadline = time.monotonic() + JOIN_SECONDS
    while _swarm_state() != "active":
        try:
            _docker("swarm", "join", "--token", _token(), f"{_leader()}:2377")
        except (LookupError, subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            if time.monotonic() > deadline:
                raise SystemExit(f"could not join the Swarm: {error}") from error
            time.sleep(1)
    CLUSTER_FILE.parent.mkdir(parents=True, exist_ok=True)
    CLUSTER_FILE.write_text(f"{_token().split('-')[2]}\n", encoding="utf-8")


def make_secrets() -> None:
    """Make the hub's secrets that are not there yet; a backup may have brought them. The test login's is the trial's."""
    lines = SECRETS_FILE.read_text(encoding="utf-8").splitlines() if SECRETS_FILE.exists() else []
    there = dict(line.split("=", 1) for line in lines)
    values = {name: there.get(name) or secrets.token_hex(32) for name in generated_secrets()}
    values["CHEF_HUB_TEST_PASSWORD"] = os.environ["TRIAL_PASSWORD"]
    for path, names in ((SECRETS_FILE, values), (SECRETS_FILE.with_name("proxy.env"), proxy_secrets())):
        path.touch(mode=0o600)
        path.write_text("".join(f"{name}={values[name]}\n" for name in names), encoding="utf-8")


def have_image() -> None:
    """Load the image unless the engine has it: what a pull is on a real node."""
    name = os.environ["CHEF_HUB_NOTEBOOK_IMAGE"]
    if subprocess.run([DOCKER, "image", "inspect", name], capture_output=True, check=False).returncode:
        with Path(os.environ["TRIAL_IMAGE"]).open("rb") as archive:
            subprocess.run([DOCKER, "load", "--quiet"], stdin=archive, check=True, timeout=600)


def _token() -> str:
    ssm = _client("ssm")
    try:
        return str(ssm.get_parameter(Name=_parameter(TOKEN), WithDecryption=True)["Parameter"]["Value"])
    except ssm.exceptions.ParameterNotFound as error:
        raise LookupError("no token is published yet") from error


def _leader() -> str:
    instances = _client("servicediscovery").list_instances(ServiceId=os.environ["TRIAL_SERVICE"])["Instances"]
    addresses = [instance["Attributes"]["AWS_INSTANCE_IPV4"] for instance in instances]
    if not addresses:
        raise LookupError("no leader is registered yet")
    return str(addresses[0])


def _parameter(name: str) -> str:
    return f"{os.environ['CHEF_HUB_PREFIX']}/{name}"


def _client(service: str) -> Any:
    return boto3.client(service)


def _wait_until_it_leads() -> None:
    deadline = time.monotonic() + LEAD_SECONDS
    while True:
        with contextlib.suppress(subprocess.CalledProcessError):
            said = _docker("info", "--format", "{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}")
            if said.strip() == "active true":
                return
        if time.monotonic() > deadline:
            raise SystemExit(f"the engine does not lead its Swarm after {LEAD_SECONDS:.0f} s")
        time.sleep(0.5)


def _swarm_state() -> str:
    return _docker("info", "--format", "{{.Swarm.LocalNodeState}}").strip()


def _docker(*words: str) -> str:
    finished = subprocess.run(
        [DOCKER, *words],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    return finished.stdout


STEPS = {"lead": lead, "join": join, "have-image": have_image, "make-secrets": make_secrets}


if __name__ == "__main__":
    STEPS[sys.argv[1]]()
