"""A host on this machine: its namespaces, a bare root, an instance metadata service."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.aws_cli.preloaded import PreloadedAwsCli
from tests.support.node_host.aws_gate import AwsGate
from tests.support.node_host.recorders import RECORDERS

HERE = Path(__file__).resolve().parent
# Seconds that a run may take at most, and that a node waits for others unless a test says less: a wait which does not end
# as it should fails its test. On a busy machine every call of the AWS CLI takes seconds.
LIMIT = 600.0
BOOTSTRAP = HERE.parents[2] / "constructs/hub_constructs/chef_hub/bootstrap"
NEEDED = ("unshare", "ip", "curl", "jq", "openssl", "flock", "timeout", "chroot")
# Of the host's /etc, what name service, TLS and the alternatives of commands need.
_ETC = (
    "passwd",
    "group",
    "nsswitch.conf",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "alternatives",
    "ssl/openssl.cnf",
)

# node_kind of the contract → its scripts in order, as the stack delivers them
SCRIPTS = {
    "chef_server": ("common.sh", "facts.sh", "chef_server.sh"),
    "workstation": ("common.sh", "facts.sh", "chef_workstation.sh"),
    "hub_leader": ("common.sh", "facts.sh", "chef_client.sh", "hub_leader.sh"),
    "worker": ("common.sh", "facts.sh", "chef_client.sh", "hub_worker.sh"),
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a program on the host did: exit code, all it wrote, and how long it took."""

    code: int
    output: str
    seconds: float


@dataclass(kw_only=True)
class NodeHost:
    """One machine. Its files stay in ``folder`` between runs, as a disk does between boots.

    ``imds_delay_seconds`` is waited before each answer of the metadata service; ``imds_changes`` are
    (seconds after start, path, new text). ``user_data`` is what the launch data tells instead of the whole contract.
    ``without`` names commands that this machine lacks.
    """

    folder: Path
    gate: AwsGate
    aws_cli: PreloadedAwsCli
    kind: str
    contract: Mapping[str, Any]
    instance: str = "i-0123456789abcdef0"
    address: str = "10.30.0.10"
    variables: Mapping[str, str] = field(default_factory=dict)
    imds_delay_seconds: float = 0.0
    imds_changes: Sequence[tuple[float, str, str]] = ()
    user_data: Mapping[str, Any] | None = None
    without: Sequence[str] = ()

    def __post_init__(self) -> None:
        missing = [name for name in NEEDED if _command(name) is None]
        assert not missing, f"these tests need {', '.join(missing)}: run `make system-packages`"
        self.root = self.folder / "root"
        for name in (
            "etc/systemd/system",
            "etc/ssl",
            "dev",
            "proc",
            "run",
            "tmp",
            "root",
            "var/lib",
            "var/log",
            "recorders",
        ):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            if not (self.root / name).is_symlink() and Path("/usr", name).is_dir():
                (self.root / name).symlink_to(f"usr/{name}")
        for name in _ETC:
            _copy(Path("/etc", name), self.root / "etc" / name)
        (self.root / "etc/hosts").write_text("127.0.0.1 localhost\n", encoding="utf-8")
        for name, script in RECORDERS.items():
            if name not in self.without:
                recorder = self.root / "recorders" / name
                recorder.write_text(script, encoding="utf-8")
                recorder.chmod(0o755)
        self.aws_cli.install(self.root / "aws-cli/aws")

    def boot(self, seconds: float = LIMIT) -> Run:
        """Run the user data: the contract or where it is, what all nodes share, and the kind's own script."""
        given = self.contract if self.user_data is None else self.user_data
        prelude = (
            "#!/bin/bash\nset -eu\numask 077\nmkdir -p /etc/chef-hub\n"
            f"cat >/etc/chef-hub/contract.new <<'CONTRACT'\n{json.dumps(given)}\nCONTRACT\n"
            "cmp -s /etc/chef-hub/contract.new /etc/chef-hub/contract.json && rm /etc/chef-hub/contract.new ||\n"
            "  mv /etc/chef-hub/contract.new /etc/chef-hub/contract.json\n"
        )
        parts = [prelude, *((BOOTSTRAP / name).read_text(encoding="utf-8") for name in SCRIPTS[self.kind])]
        return self.run_script("\n".join(parts), seconds)

    def call(self, function: str, seconds: float = LIMIT) -> Run:
        """Run the installed program as a systemd unit does."""
        return self.run_script(f"exec /var/lib/chef-hub/node.sh {function}\n", seconds)

    def run_script(self, script: str, seconds: float) -> Run:
        """Run ``script`` with bash on this host, for ``seconds`` at most."""
        (self.root / "user-data.sh").write_text(script, encoding="utf-8")
        settings = self.folder / "settings.json"
        settings.write_text(json.dumps(self._settings()), encoding="utf-8")
        environment = self.folder / "environment"
        environment.write_text("\0".join(self._environment()), encoding="utf-8")
        flags = ["--mount", "--net", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        user = [] if os.geteuid() == 0 else ["--map-root-user"]
        command = ["unshare", *user, *flags, "bash", str(HERE / "enter.sh"), str(self.root), sys.executable]
        command += [
            str(HERE / "namespace_services.py"),
            str(settings),
            str(environment),
            "/user-data.sh",
            *_foreign_folders(self.aws_cli.folder),
        ]
        started = time.monotonic()
        finished = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds, check=False
        )
        assert "unshare:" not in finished.stdout.split("\n", 1)[0], (
            f"{finished.stdout}this kernel refuses namespaces to users: run as root, or allow them with"
            " sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
        return Run(code=finished.returncode, output=finished.stdout, seconds=time.monotonic() - started)

    def text(self, path: str) -> str:
        """Return the text of a file on this host; empty when there is none."""
        file = self.root / path.lstrip("/")
        return file.read_text(encoding="utf-8") if file.is_file() else ""

    def write(self, path: str, text: str) -> None:
        """Write a file on this host."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commands(self) -> list[str]:
        """Return the recorded command lines, in order."""
        return self.text("recorded/commands").splitlines()

    def files(self) -> dict[str, str]:
        """Return mode, modification time and digest of each file that the scripts could have written, by path."""
        found = {}
        for top in ("etc", "var", "run", "root"):
            for file in sorted((self.root / top).rglob("*")):
                if file.is_file() and not file.is_symlink():
                    status = file.stat()
                    digest = hashlib.sha256(file.read_bytes()).hexdigest()[:16]
                    found[str(file.relative_to(self.root))] = (
                        f"{status.st_mode & 0o777:04o} {status.st_mtime_ns} {digest}"
                    )
        return found

    def _settings(self) -> dict[str, Any]:
        document = {
            "region": "us-east-1",
            "instanceId": self.instance,
            "privateIp": self.address,
            "accountId": "123456789012",
        }
        return {
            "aws_port": self.gate.upstream_port,
            "aws_socket": str(self.gate.socket_path),
            "delay_seconds": self.imds_delay_seconds,
            "changes": [list(change) for change in self.imds_changes],
            "documents": {
                "/latest/dynamic/instance-identity/document": json.dumps(document),
                "/latest/meta-data/local-hostname": f"ip-{self.address.replace('.', '-')}.ec2.internal",
                "/latest/meta-data/autoscaling/target-lifecycle-state": "InService",
            },
        }

    def _environment(self) -> list[str]:
        values = {
            "PATH": "/recorders:/aws-cli:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.gate.upstream_port}",
            "AWS_ACCESS_KEY_ID": "local-aws",
            "AWS_SECRET_ACCESS_KEY": "local-aws",
            "CHEF_HUB_POLL_SECONDS": "1",
            "CHEF_HUB_WAIT_SECONDS": f"{LIMIT:.0f}",
            **self.variables,
        }
        return [f"{name}={value}" for name, value in values.items()]


def _command(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _foreign_folders(*more: Path) -> list[str]:
    """Return the folders outside /usr that a host needs: this Python with the AWS CLI, and ``more``."""
    folders = {Path(sys.prefix), Path(sys.base_prefix), *more}
    wanted = sorted(str(folder) for folder in folders if not folder.is_relative_to("/usr"))
    return [folder for folder in wanted if not any(folder.startswith(f"{other}/") for other in wanted)]


def _copy(source: Path, target: Path) -> None:
    if target.exists():
        return
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    elif source.exists():
        shutil.copyfile(source, target)
