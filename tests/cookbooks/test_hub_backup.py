"""The leader's backup: the real program with a real database and openssl, and a stand-in of the AWS CLI."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cookbooks.program_host import PREFIX, Host
from tests.support.waiting import PATIENCE

KEY = f"{PREFIX}/hub_leader/backup-key"
GENERATED = "CONFIGPROXY_AUTH_TOKEN,JUPYTERHUB_CRYPT_KEY"
SECRET = "7" * 64


class Leader:
    """One leader's own disk, and the shared files that outlive it."""

    def __init__(self, host: Host, disk: Path, shared: Path) -> None:
        self.host, self.disk, self.backups = host, disk, shared / "leader-backup"
        self.state = disk / "backup"
        self.database = disk / "hub" / "jupyterhub.sqlite"
        self.secrets = disk / "etc" / "secrets.env"
        self.swarm = disk / "docker" / "swarm"

    def found(self) -> None:
        """Give it what a leader makes for itself."""
        self.database.parent.mkdir(parents=True)
        with sqlite3.connect(self.database) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE api_tokens (name TEXT)")
        self.token("first")
        self.secrets.parent.mkdir(parents=True)
        self.secrets.write_text(f"CONFIGPROXY_AUTH_TOKEN={SECRET}\nCHEF_HUB_OAUTH_CLIENT_SECRET=idp\n")
        for name in (
            "certificates/swarm-node.key",
            "raft/snap-v3-encrypted/1.snap",
            "raft/wal-v3-encrypted/1.wal",
        ):
            (self.swarm / name).parent.mkdir(parents=True, exist_ok=True)
            (self.swarm / name).write_text(f"content of {name}")
        (self.swarm / "docker-state.json").write_text('{"LocalAddr": "10.30.0.10"}')
        (self.swarm / "state.json").write_text("[]")
        (self.swarm / "worker").mkdir()
        (self.swarm / "worker" / "tasks.db").write_text("being written")

    def token(self, name: str) -> None:
        with sqlite3.connect(self.database) as connection:
            connection.execute("INSERT INTO api_tokens VALUES (?)", (name,))

    def tokens(self) -> list[str]:
        with sqlite3.connect(self.database) as connection:
            return [name for (name,) in connection.execute("SELECT name FROM api_tokens ORDER BY rowid")]

    def run(self, *words: str, code: int = 0) -> str:
        environment = {
            "PATH": f"{self.host.commands}:{os.environ['PATH']}",
            "FAKE_STATE": str(self.host.state),
            "AWS_REGION": "us-east-1",
            "CHEF_HUB_PREFIX": PREFIX,
            "BACKUP_FOLDER": str(self.backups),
            "BACKUP_STATE": str(self.state),
            "HUB_STATE": str(self.database.parent),
            "HUB_SECRETS": str(self.secrets),
            "HUB_GENERATED": GENERATED,
            "SWARM_FOLDER": str(self.swarm),
        }
        result = subprocess.run(
            [sys.executable, "-m", "hub_backup", *words],
            cwd=self.host.programs,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert result.returncode == code, result.stderr
        assert SECRET not in result.stdout + result.stderr
        return result.stdout + result.stderr

    def copies(self) -> list[Path]:
        return sorted(self.backups.glob("*.backup"))


@pytest.fixture
def leader(host: Host, tmp_path: Path) -> Leader:
    made = Leader(host, tmp_path / "first", tmp_path / "shared")
    made.found()
    return made


@pytest.fixture
def successor(host: Host, tmp_path: Path) -> Leader:
    return Leader(host, tmp_path / "second", tmp_path / "shared")


@pytest.fixture
def writing(leader: Leader) -> Iterator[None]:
    """A hub that writes into its database all the time."""
    ended = threading.Event()

    def write() -> None:
        connection = sqlite3.connect(leader.database, timeout=PATIENCE)
        while not ended.is_set():
            with connection:
                connection.execute("INSERT INTO api_tokens VALUES ('later')")
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    yield
    ended.set()
    writer.join()


def test_a_new_leader_gets_database_secrets_and_swarm(leader: Leader, successor: Leader) -> None:
    leader.run("save", "stop")
    shutil.rmtree(leader.disk)
    assert "giving back database, secrets, swarm" in successor.run("restore")
    assert successor.tokens() == ["first"]
    # Those of the login come from SSM again, where they may have been renewed.
    assert successor.secrets.read_text() == f"CONFIGPROXY_AUTH_TOKEN={SECRET}\n"
    assert (successor.swarm / "raft/wal-v3-encrypted/1.wal").read_text().endswith("1.wal")
    assert not (successor.swarm / "worker").exists()
    assert (successor.state / "settled").exists()
    for private in (successor.secrets, successor.database, successor.swarm / "certificates/swarm-node.key"):
        assert private.stat().st_mode & 0o077 == 0, private


def test_a_hub_with_a_database_elsewhere_has_its_secrets_and_its_swarm_saved(
    leader: Leader, successor: Leader
) -> None:
    """Moved into a PostgreSQL, the database leaves a file by another name behind."""
    leader.run("save", "nightly")
    leader.database.rename(leader.database.with_name("jupyterhub.sqlite.before-postgresql-20261129T000000Z"))
    with leader.secrets.open("a") as secrets:
        secrets.write("CHEF_HUB_DATABASE_URL=postgresql://hub:word@db/hub\n")
    assert "saved secrets, swarm as" in leader.run("save", "stop")
    shutil.rmtree(leader.disk)
    successor.run("restore")
    assert not successor.database.exists()
    # The address comes from SSM, as the login's secrets do.
    assert successor.secrets.read_text() == f"CONFIGPROXY_AUTH_TOKEN={SECRET}\n"
    assert (successor.swarm / "raft/wal-v3-encrypted/1.wal").exists()
    assert (successor.state / "settled").exists()


@pytest.mark.usefixtures("writing")
def test_a_database_that_is_written_is_saved_whole(leader: Leader, successor: Leader) -> None:
    for kind in ("recent", "nightly", "stop"):
        leader.run("save", kind)
    successor.run("restore")
    with sqlite3.connect(successor.database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert successor.tokens()[0] == "first"


def test_copies_are_sealed_with_a_key_that_only_ssm_and_the_leader_have(leader: Leader) -> None:
    leader.run("save", "recent")
    (copy,) = leader.copies()
    content = copy.read_bytes()
    assert SECRET.encode() not in content
    assert b"SQLite format" not in content
    assert leader.backups.stat().st_mode & 0o777 == 0o700
    assert copy.stat().st_mode & 0o777 == 0o600
    parameter = leader.host.get("parameters")[KEY]
    assert parameter["Type"] == "SecureString"
    assert parameter["Value"].encode() not in content
    assert (leader.state / "key").stat().st_mode & 0o777 == 0o600


def test_a_damaged_newest_copy_falls_back_to_the_one_before_with_a_message(
    leader: Leader, successor: Leader
) -> None:
    leader.run("save", "nightly")
    (good,) = leader.copies()
    newest = good.with_name("99990101T000000Z.recent.backup")
    newest.write_bytes(good.read_bytes()[:-40] + b"x" * 40)
    told = successor.run("restore")
    assert f"{newest} cannot be used, looking at the one before it: its signature does not fit" in told
    assert successor.tokens() == ["first"]


def test_without_a_usable_copy_nothing_begins_anew(leader: Leader, successor: Leader) -> None:
    leader.run("save", "nightly")
    (copy,) = leader.copies()
    copy.write_bytes(b"")
    told = successor.run("restore", code=1)
    assert "none of the 1 copies" in told
    assert "move the folder away" in told
    assert not (successor.state / "settled").exists()
    assert not successor.database.exists()


def test_a_lost_key_is_named_and_nothing_begins_anew(leader: Leader, successor: Leader) -> None:
    leader.run("save", "stop")
    leader.host.put("parameters", {})
    assert f"no key at {KEY}" in successor.run("restore", code=1)
    # The leader that still has it puts it back.
    leader.run("save", "nightly")
    successor.run("restore")


def test_a_leader_keeps_what_it_has(leader: Leader) -> None:
    leader.run("save", "stop")
    leader.token("second")
    assert "this leader has everything" in leader.run("restore")
    assert leader.tokens() == ["first", "second"]


def test_the_first_leader_of_all_has_nothing_to_give_back(successor: Leader) -> None:
    assert "there are no backups" in successor.run("restore")
    assert (successor.state / "settled").exists()
    assert KEY not in successor.host.get("parameters")


def test_recent_copies_are_made_of_what_has_changed_and_old_ones_go(leader: Leader) -> None:
    leader.run("save", "recent")
    leader.run("save", "recent")
    assert len(leader.copies()) == 1
    for number in range(1, 9):
        leader.backups.joinpath(f"2020010{number}T000000Z.recent.backup").write_bytes(b"old")
    leader.token("second")
    leader.run("save", "nightly")
    assert len([copy for copy in leader.copies() if ".recent." in copy.name]) == 5
    assert len([copy for copy in leader.copies() if ".nightly." in copy.name]) == 1


def test_a_copy_at_stop_needs_no_aws(leader: Leader) -> None:
    leader.run("save", "recent")
    leader.host.put("parameters", {})
    leader.token("last")
    leader.run("save", "stop")
    assert any(".stop." in copy.name for copy in leader.copies())


def test_shared_files_that_are_not_mounted_are_named_and_not_written_around(
    leader: Leader,
) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "hub_backup", "save", "recent"],
        cwd=leader.host.programs,
        env={
            "PATH": os.environ["PATH"],
            **dict.fromkeys(("AWS_REGION", "CHEF_HUB_PREFIX", "HUB_GENERATED"), "x"),
            **dict.fromkeys(("HUB_STATE", "HUB_SECRETS", "SWARM_FOLDER", "BACKUP_STATE"), str(leader.disk)),
            "BACKUP_FOLDER": str(leader.backups),
            "MOUNT_POINT": str(leader.disk),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 1
    assert f"not mounted at {leader.disk}" in result.stderr
    assert not leader.backups.exists()


def test_settings_that_are_missing_are_all_named(host: Host) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "hub_backup", "list"],
        cwd=host.programs,
        env={"AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 1
    assert "CHEF_HUB_PREFIX, BACKUP_FOLDER" in result.stderr
