"""The hub's database in a real PostgreSQL, with JupyterHub itself."""

import asyncio
import json
import runpy
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from traitlets.config import Config

import hub_common.database
import hub_common.postgresql
from hub_common.database import SQLITE_NAME, use_postgresql
from hub_common.postgresql import Address, DatabaseError, read_address, rehearse, settle
from stacks.hub_sources import SWARM_HUB
from tests.support.ports import silent_port
from tests.support.postgresql import PASSWORD, Postgresql, postgresql_server
from tests.support.real_hub import World, browser, running_hub, world
from tests.support.swarm_in_memory import MemorySwarm
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")
PARAMETER = "/chef-hub/hub/database-url"
Configure = Callable[..., Config]


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver)
    monkeypatch.setenv("PGPASSWORD", "another")


@pytest.fixture
def database(postgresql: Postgresql) -> str:
    return postgresql.new_database()


@pytest.fixture
def address(postgresql: Postgresql, database: str) -> Address:
    return read_address(postgresql.address(database), parameter=PARAMETER)


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(scenario, PATIENCE))


def moved(config: Config, address: Address, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """Do what jupyterhub_config.py does with an address."""
    environment: dict[str, str] = {}
    use_postgresql(config, address, folder / SQLITE_NAME, environment)
    monkeypatch.setenv("PGPASSWORD", environment["PGPASSWORD"])
    return config


async def with_token(hub: Any, token: str, path: str, method: str = "GET") -> tuple[int, Any]:
    headers = {"Authorization": f"token {token}"}
    async with (
        aiohttp.ClientSession(trust_env=False) as session,
        session.request(method, f"{hub.hub.url}api{path}", headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def new_token(user: Any, name: str) -> str:
    status, text = await user.call("POST", f"/hub/api/users/{name}/tokens", json={})
    assert status == 201, text
    return str(json.loads(text)["token"])


def count(postgresql: Postgresql, database: str, table: str) -> int:
    return int(postgresql.sql(f"SELECT count(*) FROM {table}", database)[0][0])  # noqa: S608


# --- the address -----------------------------------------------------------------------------------------------------


def test_an_address_is_encrypted_unless_it_says_otherwise_and_keeps_its_password_apart() -> None:
    read = read_address("postgresql://hub:p%40ss%2Fword@db.example.org/jupyterhub", parameter=PARAMETER)
    assert read.url == "postgresql+psycopg://hub@db.example.org/jupyterhub?sslmode=require"
    assert (read.password, read.host) == ("p@ss/word", "db.example.org:5432")
    assert "p@ss" not in repr(read)
    query = "sslmode=verify-full&sslrootcert=%2Fmnt%2Fchef-hub%2Frds.pem"
    given = f"postgresql+psycopg://hub:word@db.example.org:6543/jupyterhub?{query}"
    read = read_address(f" {given}\n", parameter=PARAMETER)
    assert read.url == f"postgresql+psycopg://hub@db.example.org:6543/jupyterhub?{query}"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("very-secret", "is not an address of a database"),
        ("postgresql://hub:very-secret@db:port/hub", "is not an address of a database"),
        ("postgresql://hub:very-secret@[db/hub", "is not an address of a database"),
        ("postgresql://hub:very@-secret@db/hub", "is not an address of a database"),
        ("postgresql://hub:word@very-secret/@db/hub", "is not an address of a database"),
        ("mysql://hub:very-secret@db/hub", "is not an address of a PostgreSQL"),
        ("postgresql+psycopg2://hub:very-secret@db/hub", "is not an address of a PostgreSQL"),
        ("postgresql://:very-secret@/", "names no host, no user, no name of a database"),
        ("postgresql://hub@db/hub?password=very-secret", "has password behind the question mark"),
    ],
)
def test_a_wrong_address_is_refused_with_the_name_of_the_parameter_but_not_its_value(
    value: str, why: str
) -> None:
    with pytest.raises(DatabaseError) as caught:
        read_address(value, parameter=PARAMETER)
    assert str(caught.value).startswith(f"{PARAMETER} {why}")
    assert "very-secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


# --- the hub ---------------------------------------------------------------------------------------------------------


def test_users_tokens_and_servers_outlive_the_hub_and_an_outage_of_the_database(
    configured: Configure,
    swarm: MemorySwarm,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(hub_common.database, "RELEASE_SECONDS", 0.01)

    async def scenario(server: Postgresql) -> None:
        address = read_address(server.address(server.new_database()), parameter=PARAMETER)

        def config(there: World) -> Config:
            names = {"allow_all": True, "admin_users": ["ada"]}
            return moved(configured(there, **names), address, tmp_path, monkeypatch)

        async with world() as there, browser() as first, browser() as second:
            async with running_hub(config(there)) as hub:
                ada = first(hub)
                await ada.login("ada")
                assert (await ada.call("GET", "/hub/spawn/ada"))[0] == 302
                token = await new_token(ada, "ada")
                async with asyncio.timeout(PATIENCE):
                    while hub.db.in_transaction():
                        await asyncio.sleep(0.01)
                # As a failover does; users do not have to ask twice.
                server.stop()
                server.start()
                assert (await with_token(hub, token, "/user"))[0] == 200
                assert (await ada.call("GET", "/hub/home"))[0] == 200
            async with running_hub(config(there)) as hub:
                status, user = await with_token(hub, token, "/users/ada")
                assert (status, user["admin"], user["server"]) == (200, True, "https://hub.test/user/ada/")
                assert (await first(hub).call("GET", "/hub/home"))[0] == 200
                assert await second(hub).login("mary") == 302
            assert swarm.services.keys() == {"notebook-ada"}
            assert "/hub.test/user/ada" in there.routes

    with postgresql_server() as server:
        run(scenario(server))
        servers_log = server.log()
    said = capfd.readouterr()
    for text in (said.out, said.err, servers_log):
        assert PASSWORD not in text
        assert "s3cret" not in text
    assert not list(tmp_path.glob(f"{SQLITE_NAME}*"))


def test_an_sqlite_database_moves_completely_and_users_do_not_notice(
    configured: Configure,
    swarm: MemorySwarm,
    postgresql: Postgresql,
    database: str,
    address: Address,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario() -> None:
        async with world() as there, browser() as first, browser() as second:
            config = configured(there, allow_all=True)
            async with running_hub(config) as hub:
                ada = first(hub)
                await ada.login("ada")
                assert (await ada.call("GET", "/hub/spawn/ada"))[0] == 302
                token = await new_token(ada, "ada")
                hub.db.execute(hub_common.postgresql.insert(_table("groups")), [{"name": "readers"}])
                hub.db.commit()
                # While the hub writes into it; nothing of it stays.
                assert "it is empty, and takes" in rehearse(address, tmp_path / SQLITE_NAME)
                tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                assert postgresql.sql(tables, database) == []
            before = rows(tmp_path / SQLITE_NAME)
            moved(config, address, tmp_path, monkeypatch)
            assert {table: count(postgresql, database, table) for table in before} == before
            assert before["api_tokens"] > 0
            assert before["servers"] == 1
            async with running_hub(config) as hub:
                status, user = await with_token(hub, token, "/users/ada")
                assert (status, user["server"]) == (200, "https://hub.test/user/ada/")
                assert (await first(hub).call("GET", "/hub/home"))[0] == 200
                # Numbers go on where those that were moved have ended.
                mary = second(hub)
                assert await mary.login("mary") == 302
                assert (await mary.call("GET", "/hub/spawn/mary"))[0] == 302
            assert swarm.services.keys() == {"notebook-ada", "notebook-mary"}

    run(scenario())
    (kept,) = tmp_path.glob("*.before-postgresql-*")
    assert rows(kept)["users"] == 1
    assert not (tmp_path / SQLITE_NAME).exists()


def _table(name: str) -> Any:
    from jupyterhub import orm

    return orm.Base.metadata.tables[name]


def rows(file: Path) -> dict[str, int]:
    """Return how many rows each table has."""
    connection = sqlite3.connect(file)
    with connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}  # noqa: S608
    connection.close()
    return found


def old_database(folder: Path, user: str = "ada") -> Path:
    """Make an SQLite database as a hub leaves it."""
    from jupyterhub import orm

    file = folder / SQLITE_NAME
    factory = orm.new_session_factory(f"sqlite:///{file}")
    with factory() as session:
        session.add(orm.User(name=user))
        session.commit()
        engine = session.get_bind()
    engine.dispose()
    return file


def test_a_database_that_is_a_hubs_already_counts_and_not_the_file(
    postgresql: Postgresql, database: str, address: Address, tmp_path: Path
) -> None:
    """As when the hub's machine died after the move and before the file had its new name."""
    settle(address, old_database(tmp_path))
    assert rehearse(address, tmp_path / "none") == "it holds the tables of a hub"
    file = old_database(tmp_path, "somebody else's")
    with pytest.raises(DatabaseError, match=f"{PARAMETER}: .*{file}: give an empty database; or,"):
        rehearse(address, file)
    settle(address, file)
    assert postgresql.sql("SELECT name FROM users", database) == [("ada",)]
    assert not (tmp_path / SQLITE_NAME).exists()


def test_what_does_not_fit_is_found_before_and_moves_nothing(
    postgresql: Postgresql, database: str, address: Address, tmp_path: Path
) -> None:
    file = old_database(tmp_path, "long" * 100)  # SQLite does not look at lengths
    for act in (rehearse, settle):
        with pytest.raises(DatabaseError, match="value too long for type") as caught:
            act(address, file)
        assert "longlong" not in str(caught.value)
    assert postgresql.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database) == []
    assert file.exists()


def test_tables_of_another_release_are_refused_before_the_hub_is_touched(
    postgresql: Postgresql, database: str, address: Address, tmp_path: Path
) -> None:
    settle(address, old_database(tmp_path))
    postgresql.sql("UPDATE alembic_version SET version_num = 'another'", database)
    with pytest.raises(DatabaseError, match="another release of JupyterHub") as caught:
        rehearse(address, tmp_path / "none")
    assert PARAMETER in str(caught.value)


def test_the_configuration_file_takes_the_address_and_shows_no_password(
    document: dict[str, Any],
    postgresql: Postgresql,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document["state_folder"] = str(tmp_path)
    old_database(tmp_path)
    (tmp_path / "settings.json").write_text(json.dumps(document))
    key = "ab" * 32
    environment = {
        "CHEF_HUB_SETTINGS": f"{tmp_path}/settings.json",
        "CONFIGPROXY_AUTH_TOKEN": "token",
        "JPY_COOKIE_SECRET": key,
        "JUPYTERHUB_CRYPT_KEY": key,
        "CHEF_HUB_DATABASE_URL": postgresql.address(database, password="wr0ng/word"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    file = str(SWARM_HUB / "jupyterhub_config.py")
    config = Config()
    with pytest.raises(DatabaseError, match=f"^{PARAMETER}: the database at {postgresql.place}") as caught:
        runpy.run_path(file, init_globals={"get_config": lambda: config})
    assert "wr0ng" not in str(caught.value)
    assert (tmp_path / SQLITE_NAME).exists()

    monkeypatch.setenv("CHEF_HUB_DATABASE_URL", postgresql.address(database))
    runpy.run_path(file, init_globals={"get_config": lambda: config})
    assert config.JupyterHub.db_url.endswith(f"@{postgresql.place}/{database}?sslmode=require")
    assert config.JupyterHub.db_kwargs["pool_pre_ping"] is True
    assert PASSWORD not in str(config)
    assert postgresql.sql("SELECT name FROM users", database) == [("ada",)]


# --- the check that Chef runs ----------------------------------------------------------------------------------------


def check(value: str, file: Path) -> subprocess.CompletedProcess[str]:
    """Run the program as the cookbook does: by its path alone, the address on standard input."""
    return subprocess.run(
        [sys.executable, "-I", hub_common.postgresql.__file__, PARAMETER, str(file)],
        input=value,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_the_program_says_that_a_database_can_be_used_and_changes_nothing(
    postgresql: Postgresql, database: str, tmp_path: Path
) -> None:
    file = old_database(tmp_path)
    before = file.read_bytes()
    done = check(postgresql.address(database), file)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{postgresql.place} can be used: it is empty, and takes" in done.stdout
    assert file.read_bytes() == before
    assert postgresql.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database) == []


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ("password", 'password authentication failed for user "hub"'),
        ("database", 'database "elsewhere" does not exist'),
        ("certificate", "does not exist"),
        ("rights", "permission denied for schema public"),
        ("closed", "Connection refused"),
    ],
)
def test_a_database_that_cannot_be_used_is_named_with_parameter_host_and_remedy(
    postgresql: Postgresql, database: str, tmp_path: Path, trouble: str, said: str
) -> None:
    address = {
        "password": postgresql.address(database, password="wr0ng/word"),
        "database": postgresql.address("elsewhere"),
        "certificate": postgresql.address(database, query="?sslmode=verify-full&sslrootcert=/none.pem"),
        "rights": postgresql.address("postgres"),
    }
    with silent_port() as port:
        value = address.get(trouble, f"postgresql://hub:wr0ng%2Fword@127.0.0.1:{port}/hub")
        done = check(value, tmp_path / "none")
    assert done.returncode == 1
    assert done.stdout == ""
    place = postgresql.place if trouble != "closed" else f"127.0.0.1:{port}"
    assert done.stderr.startswith(f"{PARAMETER}: the database at {place} cannot be used: ")
    assert said in done.stderr
    assert "security group" in done.stderr
    assert "Traceback" not in done.stderr
    for secret in (PASSWORD, "s3cret", "wr0ng"):
        assert secret not in done.stderr


def test_an_image_without_the_driver_is_named(
    address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DatabaseError, match=r"the hub's image lacks psycopg: .*hub_image"):
        rehearse(address, tmp_path / "none")
