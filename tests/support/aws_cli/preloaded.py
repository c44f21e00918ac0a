"""Start the preloaded AWS CLI, and install the command that calls it on a host of the tests."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

HERE = Path(__file__).resolve().parent
# What a node's scripts run with. A call with another home, locale or setting of Python gets the real AWS CLI.
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root"}


@dataclass(kw_only=True)
class PreloadedAwsCli:
    """The AWS CLI of this Python, imported once. Lives as long as this context, and all its calls do with it."""

    folder: Path
    program: Path = field(default_factory=lambda: Path(sys.prefix) / "bin/aws")
    environment: Mapping[str, str] = field(default_factory=lambda: _ENVIRONMENT)

    def __enter__(self) -> Self:
        assert self.program.is_file(), f"{self.program} is missing: make setup installs the AWS CLI"
        self._server = subprocess.Popen(
            [sys.executable, "-I", str(HERE / "server.py"), str(self._socket), str(self.program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(self.environment),
            start_new_session=True,
        )
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == b"ready\n", "the preloaded AWS CLI did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def install(self, command: Path) -> None:
        """Write a command that calls it. Needs ``folder`` and this Python under the same paths on the host."""
        text = (HERE / "client.py").read_text(encoding="utf-8")
        for mark, path in (("@SOCKET@", self._socket), ("@REAL@", self.program)):
            text = text.replace(mark, str(path))
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f"#!{sys.executable} -IS\n{text}", encoding="utf-8")
        command.chmod(0o755)

    @property
    def _socket(self) -> Path:
        return self.folder / "aws.socket"
