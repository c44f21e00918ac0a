"""Converge both roles and a Lab instance twice on a real Chef (17, 18) or Cinc Client; the second run must change nothing.

``sudo python3 tests/cookbooks/on_chef.py [--client COMMAND] [--role ROLE] [--day-two]``

Before that, a why-run on the fresh node must pass and change nothing. With ``--day-two`` the changes of ordinary operation
follow, one after the other (see ``day_two.py``): what each restarts is compared, and the run after it must change nothing.

CI cannot install Chef, so this is run by hand, wherever a client is. The client runs as root in a mount namespace of
its own, with empty layers over /etc, /mnt, /run, /usr/local and /var: nothing of the machine is changed. Commands that would
reach the system (docker, aws, apt-get, systemctl, mount, ...) are stand-ins that remember. Needs Linux, unshare and Ruby's
client; ends with 1 when a run fails, when the second run changes something, or when a secret shows.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import day_two

HERE = Path(__file__).resolve().parent
COOKBOOKS = HERE.parent.parent / "cookbooks"
LAYERS = ("etc", "mnt", "run", "usr/local", "var")
KINDS = {"server": "hub_leader", "worker": "worker"}
LAB = "lab"  # no role: what images/provision/lab-converge.sh runs, which gets no attributes
TOKEN = f"SWMTKN-1-{'a' * 49}-{'b' * 25}"
OVERLAYS = """
set -eu
mount -t tmpfs tmpfs "$1"
for layer in {layers}; do
  mkdir -p "$1/up/$layer" "$1/scratch/$layer"
  mount -t overlay overlay -o "lowerdir=/$layer,upperdir=$1/up/$layer,workdir=$1/scratch/$layer" "/$layer"
done
exec "$2" "$3" --inside "$1" --role "$4" --client "$5" $6
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Converge the roles on a real Chef client.")
    parser.add_argument("--client", default="chef-client", help="the client's command (default: chef-client)")
    parser.add_argument("--role", choices=[*sorted(KINDS), LAB], help="one of them only")
    parser.add_argument("--day-two", action="store_true", help="then change what is changed in operation")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        node = Node(Path(arguments.inside), arguments.role, shlex.split(arguments.client))
        return converge_twice(node) or (day_two.change_all(node) if arguments.day_two else 0)
    if os.geteuid() != 0:
        print("error: this needs root, for a mount namespace of its own; run it with sudo", file=sys.stderr)
        return 2
    roles = [arguments.role] if arguments.role else [*sorted(KINDS), LAB]
    return max(in_namespace(role, arguments.client, day_two=arguments.day_two) for role in roles)


def in_namespace(role: str, client: str, *, day_two: bool) -> int:
    """Start this program again behind overlays; the folder they lie in vanishes with the namespace."""
    script = OVERLAYS.format(layers=" ".join(LAYERS))
    with tempfile.TemporaryDirectory(prefix="on-chef-") as folder:
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", folder]
        command += [
            sys.executable,
            str(Path(__file__).resolve()),
            role,
            client,
            "--day-two" if day_two else "",
        ]
        return subprocess.run(command, check=False).returncode


class Node:
    """A fresh node behind overlays, with stand-ins for what would reach the system."""

    def __init__(self, folder: Path, role: str, client: list[str]) -> None:
        self.role = role
        self.folder = folder
        self.state, commands = folder / "state", folder / "commands"
        self.state.mkdir()
        subprocess.run([sys.executable, str(HERE / "fakes/install.py"), str(commands)], check=True)
        self.attributes: dict[str, Any] = {}
        if role != LAB:
            self.attributes = json.loads((COOKBOOKS / "contract/golden.json").read_text(encoding="utf-8"))
            self.attributes["chef_hub"]["node_kind"] = KINDS[role]
        (folder / "client.rb").write_text(client_settings(folder, role), encoding="utf-8")
        if role == "worker":
            publish_leader(self.state, self.attributes["chef_hub"])
        self.command = [*client, "--local-mode", "--config", str(folder / "client.rb"), "--no-color"]
        self.command += ["--json-attributes", str(folder / "contract.json"), "--runlist"]
        self.command.append("recipe[jupyterhub_lab]" if role == LAB else f"role[{role}]")
        self.environment = {
            **os.environ,
            "PATH": f"{commands}:{os.environ['PATH']}",
            "FAKE_STATE": str(self.state),
        }
        self.log = ""
        self.secrets: set[tuple[str, str]] = {("the join token", TOKEN)}

    def converge(self, what: str, *options: str) -> bool:
        """Run the client once; return whether it succeeded."""
        (self.folder / "contract.json").write_text(json.dumps(self.attributes), encoding="utf-8")
        result = subprocess.run(
            [*self.command, *options],
            env=self.environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        self.log = result.stdout + result.stderr
        self.secrets |= set(leader_secrets())
        print(f"role {self.role}, {what}: {outcome(self.log)}", flush=True)
        return result.returncode == 0

    def unchanged(self) -> bool:
        return re.search(r"\b0/\d+ resources updated", self.log) is not None

    def calls(self) -> list[list[str]]:
        """Return what was called of the stand-ins so far."""
        lines = (self.state / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def shown_secrets(self) -> list[str]:
        calls = (self.state / "calls.jsonl").read_text(encoding="utf-8")
        places = {"in the log": self.log, "on a command line": calls}
        return [
            f"{name} shows {place}"
            for name, secret in sorted(self.secrets)
            for place, text in places.items()
            if secret in text
        ]


def converge_twice(node: Node) -> int:
    """Prepare the node, converge twice, and judge."""
    mistakes = []
    if not node.converge("why-run", "--why-run"):
        mistakes.append(f"the why-run on a fresh node failed: {node.log[-4000:]}")
    if Path("/etc/chef-hub").exists() or (node.state / "packages.json").exists():
        mistakes.append("the why-run changed the node")
    for number in (1, 2):
        if not node.converge(f"run {number}"):
            print(node.log[-8000:], file=sys.stderr)
            return 1
        mistakes += node.shown_secrets()
    if not node.unchanged():
        mistakes.append(f"the second run was not without changes: {outcome(node.log)}")
    for mistake in mistakes:
        print(f"error: role {node.role}: {mistake}", file=sys.stderr)
    return 1 if mistakes else 0


def client_settings(folder: Path, role: str) -> str:
    return "\n".join(
        [
            f"cookbook_path '{COOKBOOKS}'",
            f"role_path '{COOKBOOKS}/roles'",
            f"chef_repo_path '{folder}'",
            f"file_cache_path '{folder}/cache'",
            f"node_name '{KINDS.get(role, LAB)}-i-0123456789abcdef0'",
            "log_location STDOUT",
            "log_level :debug",  # where a secret would show first
            "",
        ]
    )


def publish_leader(state: Path, contract: dict[str, object]) -> None:
    """Publish what a leader would: its token and its address."""
    token = {"Type": "SecureString", "Value": TOKEN}
    parameters = {f"{contract['parameter_prefix']}/swarm/worker-token": token}
    (state / "parameters.json").write_text(json.dumps(parameters), encoding="utf-8")
    services: dict[str, dict[str, str]] = contract["services"]  # type: ignore[assignment]
    instances = {services["swarm"]["id"]: {"swarm_svc_master": {"AWS_INSTANCE_IPV4": "10.30.0.10"}}}
    (state / "services.json").write_text(json.dumps(instances), encoding="utf-8")


def outcome(log: str) -> str:
    found = re.findall(r"Infra Phase (?:complete|failed).*|\d+/\d+ resources updated.*", log)
    return found[-1] if found else "no outcome"


def leader_secrets() -> list[tuple[str, str]]:
    """Return what must not show besides the join token: on the leader what stands in the hub's file of secrets.

    One that a hub does not have is empty there, as the address of a PostgreSQL.
    """
    file = Path("/etc/jupyterhub/secrets.env")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [(name, value) for name, _, value in (line.partition("=") for line in lines) if value]


if __name__ == "__main__":
    sys.exit(main())
