"""The two hubs as processes of this machine: the product's own configuration, its proxy, and the stand-in for the rest.

What differs from a node: addresses, folders and cookies without TLS. The keeper and the culler run too.
"""

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hub_common.settings import COOKIE_SECRET, CRYPT_KEY, PROXY_TOKEN
from hubctl.core.process_tree import Family
from hubctl.trial.hosts import cookbook_files
from hubctl.trial.hosts.image import HTTP_PROXY, REQUIREMENTS
from stacks.hub_sources import HUB_COMMON, LAB_HUB, SWARM_HUB
from swarm_hub.images import image_label
from tests.support.ports import held_port

PROJECT = Path(__file__).resolve().parents[3]
# What the hubs' images hold and the project does not need itself; `make clean` deletes it.
INSTALLED = PROJECT / "build/bench"
CULLER = INSTALLED / "python"
HOSTNAME = "hub.bench.test"
USER_GIB = 2
PATIENCE = 120.0

COMMON = """
import os
c.JupyterHub.public_url = ""
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_connect_url = os.environ["BENCH_HUB"]
c.JupyterHub.bind_url = os.environ["BENCH_PROXY"]
c.JupyterHub.tornado_settings = {**c.JupyterHub.tornado_settings, "cookie_options": {}}
c.ConfigurableHTTPProxy.api_url = os.environ["BENCH_PROXY_API"]
c.Spawner.port = int(os.environ["BENCH_STAND_IN"])
for service in c.JupyterHub.services:
    if "command" in service:
        told = service.setdefault("environment", {})
        told |= {name: os.environ[name] for name in ("DOCKER_HOST", "PYTHONPATH")}
        told |= {name: os.environ["BENCH_PROXY"] for name in told if name.endswith("_PROXY_URL")}
c.JupyterHub.services = [*c.JupyterHub.services, {"name": "bench", "api_token": os.environ["BENCH_TOKEN"]}]
c.JupyterHub.load_roles = [*c.JupyterHub.load_roles, {"name": "bench", "scopes": ["admin:users", "admin:servers"],
                                                     "services": ["bench"]}]
"""
SWARM_CHANGES = """
class NearSpawner(HubSwarmSpawner):
    internal_hostname = "127.0.0.1"

c.JupyterHub.spawner_class = NearSpawner
"""
LAB_PLACES = """
import os
from pathlib import Path
import lab_hub.settings as _places
_places.STATE_FOLDER = Path(os.environ["BENCH_STATE"])
_places.AGENT_TOKEN_FILE = Path(os.environ["BENCH_STATE"]) / "agent-token"
_places.DRAINING_FLAG = Path(os.environ["BENCH_STATE"]) / "draining"
"""
LOGIN = {"authenticator": "test", "allow_test_login": True, "allow_all": True}


@dataclass(frozen=True, kw_only=True)
class RushedHub:
    """A hub that runs. ``pid`` is the hub's, the others are its proxy's and the stand-in's; ``log`` has all their words."""

    port: int
    token: str
    password: str
    pid: int
    proxy_pid: int
    log: Path


def proxy_command() -> list[str]:
    """Return the proxy of the trials' image, installed here at the first use, as is the culler."""
    program = INSTALLED / "node_modules/.bin/configurable-http-proxy"
    if not program.exists():
        print(f"installing {HTTP_PROXY} to {INSTALLED.relative_to(PROJECT)}", file=sys.stderr)
        INSTALLED.mkdir(parents=True, exist_ok=True)
        options = [
            "--prefix",
            str(INSTALLED),
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
        ]
        npm = shutil.which("npm") or "npm"
        subprocess.run([npm, "install", *options, HTTP_PROXY], check=True, cwd=INSTALLED)
    if not CULLER.exists():
        pinned = re.search(
            r"^jupyterhub-idle-culler==\S+", REQUIREMENTS.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert pinned, f"{REQUIREMENTS} names no idle culler"
        options = ["--quiet", "--no-deps", "--target", str(CULLER), pinned[0]]
        subprocess.run([sys.executable, "-m", "pip", "install", *options], check=True)
    return [str(program)]


@contextlib.contextmanager
def running(kind: str, folder: Path, *, servers: int, database: str = "") -> Iterator[RushedHub]:
    """Run the hub of ``kind``, swarm or lab, with room for so many servers, until the block ends."""
    settings = cookbook_files.contract()["hub"]
    image = settings["notebook_image"]
    token, password, key = (secrets.token_hex(32) for _ in range(3))
    log = folder / "log"
    with contextlib.ExitStack() as stack, log.open("wb") as words:
        hub, proxy, api = (stack.enter_context(held_port()) for _ in range(3))
        stand_in = _start(
            [sys.executable, "-m", "tests.bench.rush.stand_in", image_label(image)],
            words,
            stack,
            {},
            read=True,
        )
        assert stand_in.stdout is not None
        port = int(stand_in.stdout.readline())
        environment = {
            COOKIE_SECRET: key,
            CRYPT_KEY: key,
            PROXY_TOKEN: token,
            "BENCH_HUB": f"http://127.0.0.1:{hub}",
            "BENCH_PROXY": f"http://127.0.0.1:{proxy}",
            "BENCH_PROXY_API": f"http://127.0.0.1:{api}",
            "BENCH_STAND_IN": str(port),
            "BENCH_TOKEN": token,
            "BENCH_STATE": str(folder),
            "DOCKER_HOST": f"tcp://127.0.0.1:{port}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        prepare = _swarm if kind == "swarm" else _lab
        environment |= prepare(folder, servers=servers, password=password, database=database)
        at = ["--ip", "127.0.0.1", "--port", str(proxy), "--api-ip", "127.0.0.1", "--api-port", str(api)]
        target = [
            "--default-target",
            f"http://127.0.0.1:{hub}",
            "--error-target",
            f"http://127.0.0.1:{hub}/hub/error",
        ]
        routing = ["--host-routing"] if kind == "swarm" else []
        proxy_process = _start([*proxy_command(), *at, *target, *routing], words, stack, environment)
        command = [sys.executable, "-m", "jupyterhub", "--config", str(folder / "jupyterhub_config.py")]
        process = _start(command, words, stack, environment, cwd=folder)
        _wait(process, f"http://127.0.0.1:{proxy}/hub/health", log)
        yield RushedHub(
            port=proxy, token=token, password=password, pid=process.pid, proxy_pid=proxy_process.pid, log=log
        )


def _swarm(folder: Path, *, servers: int, password: str, database: str) -> dict[str, str]:
    (folder / "shared/users").mkdir(parents=True)
    contract = cookbook_files.contract(
        max_users=2 * servers, max_cluster_memory_gib=4 * servers, user_memory_gib=USER_GIB, login=LOGIN
    )
    contract["hub_hostname"] = HOSTNAME
    document = {
        **cookbook_files.hub_settings_file(contract, "chef-hub"),
        "wildcard_certificate": False,
        "shared_folder": str(folder / "shared"),
        "users_folder": str(folder / "shared/users"),
        "state_folder": str(folder),
    }
    (folder / "settings.json").write_text(json.dumps(document))
    product = (SWARM_HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
    (folder / "jupyterhub_config.py").write_text(product + SWARM_CHANGES + COMMON)
    found = {"CHEF_HUB_SETTINGS": str(folder / "settings.json"), "CHEF_HUB_TEST_PASSWORD": password}
    if database:
        found["CHEF_HUB_DATABASE_URL"] = database
    return {**found, "PYTHONPATH": os.pathsep.join(map(str, (HUB_COMMON, SWARM_HUB, CULLER)))}


def _lab(folder: Path, *, servers: int, password: str, database: str) -> dict[str, str]:
    del database
    (folder / "homes").mkdir()
    (folder / "agent-token").write_text(secrets.token_hex(32))
    instance = {
        "region": "us-east-1",
        "domain": HOSTNAME,
        "hub_port": 8000,
        "idle_timeout_seconds": 3600,
        "user_memory_gib": USER_GIB,
        "parameter_prefix": "/jupyterhub/aws-lab",
        "homes": {"file_system_id": None, "mount_point": str(folder / "homes")},
        "hub": {"login": LOGIN},
    }
    image = {
        "notebook_image": "jupyterhub-lab/notebook:latest",
        "network": "jupyterhub-lab",
        "bridge": "br-lab",
        "subnet": "100.96.0.0/20",
        "gateway": "100.96.0.1",
    }
    (folder / "instance.json").write_text(json.dumps(instance))
    (folder / "image.json").write_text(json.dumps(image))
    product = (LAB_HUB / "jupyterhub_config.py").read_text(encoding="utf-8")
    (folder / "jupyterhub_config.py").write_text(LAB_PLACES + product + COMMON)
    return {
        "LAB_INSTANCE_FILE": str(folder / "instance.json"),
        "LAB_IMAGE_FILE": str(folder / "image.json"),
        "LAB_MEMORY_GIB": str(4 * USER_GIB * servers),
        "JUPYTERHUB_LAB_TEST_PASSWORD": password,
        "PYTHONPATH": os.pathsep.join(map(str, (HUB_COMMON, LAB_HUB, CULLER))),
    }


def _start(
    command: list[str],
    words: Any,
    stack: contextlib.ExitStack,
    environment: dict[str, str],
    *,
    cwd: Path = PROJECT,
    read: bool = False,
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if read else words,
        stderr=words,
    )

    def end() -> None:
        family = Family(process.pid)
        family.grow()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
        family.send(signal.SIGTERM)  # a hub that had to be killed leaves its services

    stack.callback(end)
    return process


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
                raise SystemExit(f"the hub does not answer:\n{tail}") from None
            time.sleep(0.2)
