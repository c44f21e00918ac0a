"""A Terraform that plans, validates and shows in a fraction of the time, on PATH for tests that run it many times.

Each Terraform process has the AWS provider describe its 1,500 types and reads it all: four seconds of work, much more than
most plans take. Here the provider describes the types that the project names; everything else it does as it is.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.lean_terraform.schemas import types_named_in

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2]
FOLDERS = ("constructs", "docs", "hubctl", "stacks", "tests")


@contextmanager
def lean_terraform() -> Iterator[Path]:
    """Yield a folder for PATH with the command ``terraform``; it works, and its providers live, within this context."""
    real = shutil.which("terraform")
    assert real, "terraform is missing: see the requirements in the install page"
    types = types_named_in(PROJECT / folder for folder in FOLDERS)
    # The names of sockets may have some 100 characters: too few for a folder of pytest.
    with tempfile.TemporaryDirectory(prefix="lean-") as folder:
        socket, commands = Path(folder) / "relay", Path(folder) / "bin"
        relay = subprocess.Popen(
            [sys.executable, str(HERE / "relay.py"), str(socket), *sorted(types)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert relay.stdout is not None
        try:
            assert relay.stdout.readline() == b"ready\n", "the relay to the AWS provider did not start"
            text = (HERE / "client.py").read_text(encoding="utf-8")
            for mark, path in (("@SOCKET@", socket), ("@REAL@", Path(real).absolute())):
                text = text.replace(mark, str(path))
            commands.mkdir()
            (commands / "terraform").write_text(f"#!{sys.executable} -IS\n{text}", encoding="utf-8")
            (commands / "terraform").chmod(0o755)
            yield commands
        finally:
            relay.communicate()


@contextmanager
def first_on_path(commands: Path) -> Iterator[None]:
    """Have programs looked for in that folder before all others."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{commands}:{before}"
    try:
        yield
    finally:
        os.environ["PATH"] = before
