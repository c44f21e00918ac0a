"""A PostgreSQL for the tests: a cluster in a new folder, on a port of loopback, that speaks TLS.

The server refuses to run as root; where the tests do, it runs as another user.
"""

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from tests.support.certificates import issue
from tests.support.ports import held_port
from tests.support.waiting import PATIENCE, wait_until

PASSWORD = "s3cret/of the@hub"
_OWNER = "postgres"  # the package's own user
_numbers = itertools.count()


class Postgresql:
    """The running server; ``stop`` and ``start`` are an outage of it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def address(self, database: str, *, password: str = PASSWORD, query: str = "", user: str = "hub") -> str:
        """Return what an operator would put into SSM."""
        secret = quote(password, safe="")
        return f"postgresql://{user}:{secret}@{self.place}/{database}{query}"

    def new_database(self) -> str:
        """Make an empty database that belongs to the user ``hub``; return its name."""
        name = f"hub_{next(_numbers)}"
        self.sql(f"CREATE DATABASE {name} OWNER hub")
        return name

    def sql(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run a statement as the server's administrator; return its rows."""
        with psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=_OWNER,
            password=PASSWORD,
            dbname=database,
            autocommit=True,
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        with log:
            self._server = subprocess.Popen(
                [
                    _program("postgres"),
                    *("-D", str(self.folder / "data"), "-p", str(self.port), "-k", ""),
                    *("-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "ssl=on"),
                    *("-c", f"ssl_cert_file={self.folder}/server.pem"),
                    *("-c", f"ssl_key_file={self.folder}/server.key"),
                ],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                **_as_owner(),
            )
        wait_until(self._answers, "PostgreSQL answers")

    def _answers(self) -> bool:
        assert self._server is not None
        assert self._server.poll() is None, self.log()
        try:
            self.sql("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """End it at once, with all its connections."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait(PATIENCE)
            self._server = None

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


@contextlib.contextmanager
def postgresql_server() -> Iterator[Postgresql]:
    """Make a cluster and run it until the block ends."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as temporary, held_port() as port:
        folder = Path(temporary)
        issue("localhost").write(folder / "server.pem", folder / "server.key")
        (folder / "password").write_text(PASSWORD)
        (folder / "server.key").chmod(0o600)
        if _as_owner():
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, _OWNER)
        command = [_program("initdb"), "-D", str(folder / "data"), "-U", _OWNER, "--no-sync", "-E", "UTF8"]
        command += ["-A", "scram-sha-256", f"--pwfile={folder}/password", "--locale=C"]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, **_as_owner())
        server = Postgresql(folder, port)
        server.start()
        try:
            server.sql(f"CREATE ROLE hub LOGIN PASSWORD '{PASSWORD}'")
            yield server
        finally:
            server.stop()


def _as_owner() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": _OWNER, "group": _OWNER, "extra_groups": [], "cwd": "/"}


def _program(name: str) -> str:
    """Return a program of the server: Debian keeps those of each release beside PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        key=lambda path: [int(number) for number in re.findall(r"\d+", str(path))],
    )
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"{name} is not installed: make packages-test"
    return program
