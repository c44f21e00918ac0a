"""All instances of a Lab in one real PostgreSQL: each hub has its own tables."""

import asyncio
import json
import os
import runpy
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from tornado import httpserver
from traitlets.config import Config

import lab_hub.schemas
from hub_common.database import PARAMETER, SQLITE_NAME, use_postgresql
from hub_common.postgresql import Address, DatabaseError, read_address, settle
from hub_common.services import StartedOnce
from hub_common.settings import Secrets
from hub_common.watched_proxy import at_start
from lab_hub import prepare as prepare_module
from lab_hub.configuration import configure
from lab_hub.prepare import database_variables
from lab_hub.schemas import forget, keep, note, schema_of
from lab_hub.services import LabServices
from lab_hub.settings import MachineImage, check_settings
from lab_hub.stored_secrets import ParameterError, parse_environment
from stacks.hub_sources import LAB_HUB
from tests.support.ports import silent_port
from tests.support.postgresql import PASSWORD, Postgresql
from tests.support.real_hub import PASSWORD as LOGIN
from tests.support.real_hub import browser, local, running_hub, world
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore:DummyAuthenticator.password:DeprecationWarning")
NAME = f"/jupyterhub/aws-lab/{PARAMETER}"
ADA, MARY, OLD = (f"i-0123456789abcde{digit}0" for digit in "123")
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^jupyterhub_i_' ORDER BY nspname"


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    context = httpserver._HTTPRequestContext
    monkeypatch.setattr(context, "_apply_xheaders", context._apply_xheaders)
    monkeypatch.setattr(aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver)
    monkeypatch.setenv("PGPASSWORD", "another")


def unused() -> LabServices:
    raise AssertionError("no engine is here")


@pytest.fixture
def database(postgresql: Postgresql) -> str:
    return postgresql.new_database()


@pytest.fixture
def of(postgresql: Postgresql, database: str) -> Callable[[str], Address]:
    """Return ``of(instance)``: where the tables of its hub are."""

    def address(instance: str) -> Address:
        return read_address(postgresql.address(database), parameter=NAME, schema=schema_of(instance))

    return address


def test_instances_side_by_side_do_not_see_each_other(
    document: dict[str, Any],
    image: MachineImage,
    postgresql: Postgresql,
    database: str,
    of: Callable[[str], Address],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    document["hub"]["login"] = {"authenticator": "test", "allow_test_login": True, "allow_all": True}
    (tmp_path / "agent-token").write_text("token")
    noted: list[str] = []
    monkeypatch.setattr(lab_hub.schemas, "note", lambda address: noted.append(address.schema))

    async def scenario() -> None:
        async with world() as there:

            def config(instance: str) -> Config:
                made, address = Config(), of(instance)
                configure(
                    made,
                    check_settings(document),
                    image,
                    Secrets(test_password=LOGIN),
                    services=StartedOnce(unused),
                    agent_token_file=tmp_path / "agent-token",
                )
                made.WatchedProxy.when_started = []  # they want an engine
                use_postgresql(made, address, tmp_path / SQLITE_NAME, os.environ)
                at_start(made, partial(keep, address=address))
                there.restart_proxy()  # each instance has its own
                return local(made, there, tmp_path)

            async def answers(hub: Any, token: str) -> int:
                headers = {"Authorization": f"token {token}"}
                async with (
                    aiohttp.ClientSession(trust_env=False) as session,
                    session.get(f"{hub.hub.url}api/user", headers=headers) as answer,
                ):
                    return answer.status

            async with browser() as first, browser() as second:
                async with running_hub(config(ADA)) as hub:
                    assert await first(hub).login("ada") == 302
                    status, text = await first(hub).call("POST", "/hub/api/users/ada/tokens", json={})
                    assert status == 201
                    token = json.loads(text)["token"]
                async with running_hub(config(MARY)) as hub:
                    assert await answers(hub, token) == 403
                    assert await second(hub).login("mary") == 302
                    assert set(_names(hub)) == {"mary"}
                async with running_hub(config(ADA)) as hub:
                    assert await answers(hub, token) == 200
                    assert set(_names(hub)) == {"ada"}

    asyncio.run(asyncio.wait_for(scenario(), PATIENCE))
    for instance, user in ((ADA, "ada"), (MARY, "mary")):
        schema = schema_of(instance)
        assert postgresql.sql(f"SELECT name FROM {schema}.users", database) == [(user,)]  # noqa: S608
        assert schema in noted
    assert postgresql.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database) == []
    said = capfd.readouterr()
    assert PASSWORD not in said.out + said.err + postgresql.log()


def _names(hub: Any) -> list[str]:
    from jupyterhub import orm

    return [user.name for user in hub.db.query(orm.User)]


def test_a_schema_goes_a_month_after_its_instance_and_never_while_its_hub_is_connected(
    postgresql: Postgresql, database: str, of: Callable[[str], Address], tmp_path: Path
) -> None:
    for instance in (ADA, MARY, OLD):
        note(of(instance))
        settle(of(instance), tmp_path / "none")
    postgresql.sql("CREATE SCHEMA jupyterhub_i_0000000000", database)  # in no list
    postgresql.sql(
        "INSERT INTO jupyterhub_instances.instances VALUES ('public', now() - interval '1 year')", database
    )
    assert forget(of(ADA)) == []

    def age(days: int, *instances: str) -> None:
        names = ", ".join(f"'{schema_of(instance)}'" for instance in instances)
        postgresql.sql(
            f"UPDATE jupyterhub_instances.instances SET seen = now() - interval '{days} days' "  # noqa: S608
            f"WHERE schema IN ({names})",
            database,
        )

    age(29, ADA, MARY, OLD)
    assert forget(of(ADA)) == []
    age(31, ADA, MARY, OLD)
    with psycopg.connect(
        host="127.0.0.1",
        port=postgresql.port,
        user="hub",
        password=PASSWORD,
        dbname=database,
        application_name=schema_of(MARY),
    ):
        # Its own is never deleted, however long it could not note it.
        assert forget(of(ADA)) == [schema_of(OLD)]
    left = [schema_of(ADA), schema_of(MARY), "jupyterhub_i_0000000000"]
    assert [name for (name,) in postgresql.sql(SCHEMAS, database)] == sorted(left)
    # One that comes back counts from then on.
    note(of(MARY))
    assert forget(of(ADA)) == []
    assert forget(of(OLD)) == [schema_of(ADA)]


def test_a_database_that_is_away_ends_neither_the_hub_nor_the_hourly_look(
    postgresql: Postgresql,
    database: str,
    of: Callable[[str], Address],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(lab_hub.schemas, "NOTE_SECONDS", 0.01)
    broken = read_address(
        postgresql.address(database, password="wr0ng/word"), parameter=NAME, schema=schema_of(ADA)
    )
    addresses = [broken]

    async def scenario() -> None:
        class App:
            keeping_schemas: asyncio.Task[None]

        app = App()
        real = note
        monkeypatch.setattr(lab_hub.schemas, "note", lambda _: real(addresses[0]))
        keep(app, of(ADA))
        async with asyncio.timeout(PATIENCE):
            while "whether instances are gone is not known" not in caplog.text:
                await asyncio.sleep(0.01)
            addresses[0] = of(ADA)
            while not await asyncio.to_thread(
                postgresql.sql, "SELECT 1 FROM pg_namespace WHERE nspname = 'jupyterhub_instances'", database
            ):
                await asyncio.sleep(0.01)
        app.keeping_schemas.cancel()
        await asyncio.gather(app.keeping_schemas, return_exceptions=True)

    asyncio.run(scenario())
    assert "wr0ng" not in caplog.text


@pytest.mark.parametrize("instance", ["", "i-1", "i-0123456789abcdeg0", 'i-01234567"; DROP', "instances"])
def test_only_an_instance_has_a_schema(instance: str) -> None:
    with pytest.raises(DatabaseError, match="is not the id of an instance"):
        schema_of(instance)


# --- before the hub starts -------------------------------------------------------------------------------------------


@pytest.fixture
def ask(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str | None], dict[str, str]]:
    """Return ``ask(value)``: what the hub is told where the parameter has this value."""

    class Metadata:
        def instance_id(self) -> str:
            return ADA

    def asked(value: str | None) -> dict[str, str]:
        monkeypatch.setattr(prepare_module, "InstanceMetadata", Metadata)
        monkeypatch.setattr(prepare_module, "_ssm", lambda _: None)

        def read(name: str, _connect: object) -> str:
            assert name == NAME
            return value or ""

        monkeypatch.setattr(prepare_module, "optional_parameter", read)
        return database_variables(check_settings(document), tmp_path / "hub.env", tmp_path / SQLITE_NAME)

    return asked


def test_the_hub_is_told_of_a_database_that_can_be_used(
    postgresql: Postgresql, database: str, ask: Callable[[str | None], dict[str, str]]
) -> None:
    assert ask(None) == {}
    url = postgresql.address(database)
    told = ask(url)
    assert told == {"JUPYTERHUB_LAB_DATABASE_URL": url, "LAB_DATABASE_SCHEMA": schema_of(ADA)}
    # Tried, and taken back.
    assert postgresql.sql(SCHEMAS, database) == []


def test_one_that_cannot_be_used_is_named_and_the_hub_keeps_what_it_has(
    tmp_path: Path,
    ask: Callable[[str | None], dict[str, str]],
) -> None:
    with silent_port() as port, pytest.raises(DatabaseError) as caught:
        ask(f"postgresql://hub:wr0ng@127.0.0.1:{port}/hub")
    place = f"127.0.0.1:{port}, schema {schema_of(ADA)}"
    assert str(caught.value).startswith(f"{NAME}: the database at {place} cannot be used: ")
    assert "wr0ng" not in str(caught.value)
    # What is in use is not tried: it may be away while the instance restarts its hub.
    used = f"postgresql://hub:word@127.0.0.1:{port}/hub"
    for variable in (
        "CHEF_HUB_DATABASE_URL",
        "JUPYTERHUB_LAB_DATABASE_URL",
    ):  # the first of an earlier release
        (tmp_path / "hub.env").write_text(f'{variable}="{used}"\n')
        assert ask(used)["JUPYTERHUB_LAB_DATABASE_URL"] == used
        with pytest.raises(ParameterError, match=f"{NAME} does not exist any more, but is in use"):
            ask(None)
        assert parse_environment((tmp_path / "hub.env").read_text()) == {variable: used}


def test_the_configuration_file_takes_address_and_schema(
    document: dict[str, Any],
    image: MachineImage,
    postgresql: Postgresql,
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "instance.json").write_text(json.dumps(document))
    (tmp_path / "image.json").write_text(image.model_dump_json())
    (tmp_path / "agent-token").write_text("token")
    key = "ab" * 32
    environment = {
        "LAB_INSTANCE_FILE": f"{tmp_path}/instance.json",
        "LAB_IMAGE_FILE": f"{tmp_path}/image.json",
        "CONFIGPROXY_AUTH_TOKEN": "token",
        "JPY_COOKIE_SECRET": key,
        "JUPYTERHUB_CRYPT_KEY": key,
        "JUPYTERHUB_LAB_DATABASE_URL": postgresql.address(database),
        "LAB_DATABASE_SCHEMA": schema_of(ADA),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    defaults = dict(configure.__kwdefaults__ or {})
    monkeypatch.setattr(
        configure, "__kwdefaults__", defaults | {"agent_token_file": tmp_path / "agent-token"}
    )
    config = Config()
    file = LAB_HUB / "jupyterhub_config.py"
    runpy.run_path(str(file), init_globals={"get_config": lambda: config})
    assert f"search_path%3D{schema_of(ADA)}" in config.JupyterHub.db_url
    assert PASSWORD not in str(config)
    assert postgresql.sql("SELECT schema FROM jupyterhub_instances.instances", database) == [
        (schema_of(ADA),)
    ]
