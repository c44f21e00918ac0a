"""Converge both roles and a Lab instance twice on a real Chef (17, 18) or Cinc Client; the second run must change nothing.

``sudo python3 tests/cookbooks/on_chef.py [--client COMMAND]``

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
exec "$2" "$3" --inside "$1" --role "$4" --client "$5"
"""


def main() -> int:
    parser = argparse.ArgumentParser(description="Converge the roles on a real Chef client.")
    parser.add_argument("--client", default="chef-client", help="the client's command (default: chef-client)")
    parser.add_argument("--role", choices=[*sorted(KINDS), LAB], help="one of them only")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return converge_twice(Path(arguments.inside), arguments.role, shlex.split(arguments.client))
    if os.geteuid() != 0:
        print("error: this needs root, for a mount namespace of its own; run it with sudo", file=sys.stderr)
        return 2
    roles = [arguments.role] if arguments.role else [*sorted(KINDS), LAB]
    return max(in_namespace(role, arguments.client) for role in roles)


def in_namespace(role: str, client: str) -> int:
    """Start this program again behind overlays; the folder they lie in vanishes with the namespace."""
    script = OVERLAYS.format(layers=" ".join(LAYERS))
    with tempfile.TemporaryDirectory(prefix="on-chef-") as folder:
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", folder]
        command += [sys.executable, str(Path(__file__).resolve()), role, client]
        return subprocess.run(command, check=False).returncode


def converge_twice(folder: Path, role: str, client: list[str]) -> int:
    """Prepare the node, converge twice, and judge."""
    state, commands = folder / "state", folder / "commands"
    state.mkdir()
    install = [sys.executable, str(HERE / "fakes/install.py"), str(commands)]
    subprocess.run(install, check=True)
    contract = json.loads((COOKBOOKS / "contract/golden.json").read_text(encoding="utf-8"))
    contract["chef_hub"]["node_kind"] = KINDS.get(role, "worker")
    (folder / "contract.json").write_text(json.dumps({} if role == LAB else contract), encoding="utf-8")
    (folder / "client.rb").write_text(client_settings(folder, role), encoding="utf-8")
    if role == "worker":
        publish_leader(state, contract["chef_hub"])
    command = [*client, "--local-mode", "--config", str(folder / "client.rb"), "--no-color"]
    command += ["--json-attributes", str(folder / "contract.json"), "--runlist"]
    command.append("recipe[jupyterhub_lab]" if role == LAB else f"role[{role}]")
    environment = {**os.environ, "PATH": f"{commands}:{os.environ['PATH']}", "FAKE_STATE": str(state)}
    logs = []
    for number in (1, 2):
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, errors="replace", check=False
        )
        logs.append(result.stdout + result.stderr)
        print(f"role {role}, run {number}: {outcome(logs[-1])}")
        if result.returncode != 0:
            print(logs[-1][-8000:], file=sys.stderr)
            return 1
    mistakes = judge(logs, (state / "calls.jsonl").read_text(encoding="utf-8"))
    for mistake in mistakes:
        print(f"error: role {role}: {mistake}", file=sys.stderr)
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


def judge(logs: list[str], calls: str) -> list[str]:
    mistakes = []
    if not re.search(r"\b0/\d+ resources updated", logs[1]):
        mistakes.append(f"the second run was not without changes: {outcome(logs[1])}")
    for name, secret in secrets():
        if secret in "".join(logs):
            mistakes.append(f"{name} shows in the log")
        if secret in calls:
            mistakes.append(f"{name} shows on a command line")
    return mistakes


def secrets() -> list[tuple[str, str]]:
    """Return what must not show: the join token, and on the leader what stands in the hub's file of secrets."""
    found = [("the join token", TOKEN)]
    file = Path("/etc/jupyterhub/secrets.env")
    if file.exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition("=")
            found.append((name, value))
    return found


if __name__ == "__main__":
    sys.exit(main())
