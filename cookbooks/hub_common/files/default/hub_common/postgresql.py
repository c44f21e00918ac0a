"""The hub's PostgreSQL: its address, whether the hub can use it, and the move of an SQLite database into it.

Runs as a program too, in a container of the hub's image, before the hub is given a new address:
``python postgresql.py PARAMETER SQLITE_FILE``, with the address on standard input. So it imports nothing from this package.
No message holds a password or a row of the database.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, Table, create_engine, func, insert, inspect, select
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateSchema

log = logging.getLogger("hub_common.postgresql")

SCHEMES = ("postgresql", "postgresql+psycopg")
MISSING_DRIVER = (
    "the hub's image lacks psycopg: build it again with images/build-containers, and name it in hub_image"
)
# Where a server disappears without closing its connections, as at a failover, nothing waits longer than half a minute.
CONNECT_ARGUMENTS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
# With it, two hubs that start at the same moment fill a database one after the other.
LOCK = 0x6A757079
TABLE_OF_REVISIONS = "alembic_version"


class DatabaseError(Exception):
    """The database cannot be used; the message names parameter, host and remedy."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a hub's tables are; ``parameter`` is what messages name, ``schema`` is empty for the database's default."""

    parameter: str
    url: str
    host: str
    password: str = field(default="", repr=False)
    schema: str = ""

    @property
    def place(self) -> str:
        """The host, and the schema where the tables have their own."""
        return f"{self.host}, schema {self.schema}" if self.schema else self.host

    def engine(self) -> Engine:
        """Return an engine that keeps no connections."""
        arguments: dict[str, Any] = dict(CONNECT_ARGUMENTS)
        if self.password:
            arguments["password"] = self.password
        try:
            return create_engine(self.url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
        except ImportError:
            raise DatabaseError(f"{self.parameter}: {MISSING_DRIVER}") from None

    def error(self, problem: Exception) -> DatabaseError:
        """Say what went wrong, by the driver's main sentence: its details may be rows."""
        cause: Any = problem.orig if isinstance(problem, DBAPIError) else problem
        said = getattr(getattr(cause, "diag", None), "message_primary", None) or str(cause)
        if self.password:
            said = said.replace(self.password, "...")
        remedy = (
            "See that host, port, user, password and database in the parameter are right, that the database's security "
            "group lets this machine in, and that the user may create tables there"
        )
        return DatabaseError(
            f"{self.parameter}: the database at {self.place} cannot be used: {said.strip()}. {remedy}"
        )


def read_address(value: str, *, parameter: str, schema: str = "") -> Address:
    """Check the address that the operator gave; raise DatabaseError, which names the parameter and never its value."""

    def wrong(what: str) -> DatabaseError:
        return DatabaseError(
            f"{parameter} {what}: give postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with special characters of user and "
            "password in their %XX form"
        )

    try:
        url = make_url(value.strip())
    except (SQLAlchemyError, ValueError):
        raise wrong("is not an address of a database") from None  # the library's own words hold what it read
    if url.drivername not in SCHEMES:
        raise wrong("is not an address of a PostgreSQL")
    # An @ or / of the password that stands there as it is makes the rest of it look like host and database.
    if not re.fullmatch(r"[A-Za-z0-9.:_-]*", url.host or "") or re.search(r"[@/:]", url.database or ""):
        raise wrong("is not an address of a database")
    parts = {"host": url.host, "user": url.username, "name of a database": url.database}
    missing = [name for name, part in parts.items() if not part]
    if missing:
        raise wrong(f"names no {', no '.join(missing)}")
    for name in ("password", "passfile", "sslpassword"):
        if name in url.query:
            raise wrong(f"has {name} behind the question mark, where logs would show it")
    return Address(
        parameter=parameter,
        url=_without_password(url, schema).render_as_string(hide_password=False),
        host=f"{url.host}:{url.port or 5432}",
        password=url.password or "",
        schema=schema,
    )


def _without_password(url: URL, schema: str) -> URL:
    given = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    # Encrypted unless the address says otherwise; RDS offers it, and newer ones ask for it.
    query = {"sslmode": "require", **given}
    if schema:
        query["options"] = " ".join([*filter(None, [query.get("options")]), f"-csearch_path={schema}"])
        query["application_name"] = schema
    return URL.create(
        "postgresql+psycopg",
        username=url.username,
        host=url.host,
        port=url.port,
        database=url.database,
        query=query,
    )


def rehearse(address: Address, sqlite_file: Path) -> str:
    """Do all that :func:`settle` would do, and take it back; return what was found, or raise DatabaseError.

    Tables in both places are refused here: one of the two belongs to another hub.
    """
    with work(address) as connection:
        try:
            if _is_a_hubs(connection, address):
                if sqlite_file.exists():
                    raise DatabaseError(
                        f"{address.parameter}: the database at {address.place} holds a hub's tables, and so does {sqlite_file}: "
                        "give an empty database; or, where those in the database are this hub's, move the file away"
                    )
                _check_revision(connection, address)
                return "it holds the tables of a hub"
            if not sqlite_file.exists():
                _metadata().create_all(connection)
                return "it is empty"
            return f"it is empty, and takes {_fill(connection, sqlite_file)} rows of {sqlite_file}"
        finally:
            connection.rollback()


def settle(address: Address, sqlite_file: Path) -> None:
    """Before the hub starts: move the SQLite database into an empty PostgreSQL, all of it or nothing.

    A database that has a hub's tables is used as it is. The file is kept beside, under another name.
    """
    with work(address) as connection:
        taken = _is_a_hubs(connection, address)
        moved = 0 if taken or not sqlite_file.exists() else _fill(connection, sqlite_file)
        connection.commit()
    if sqlite_file.exists():
        kept = _put_aside(sqlite_file)
        if taken:
            log.warning("%s has a hub's tables: they count, and not those kept as %s", address.place, kept)
        else:
            log.warning("moved %d rows to %s; the old database is kept as %s", moved, address.place, kept)


@contextlib.contextmanager
def work(address: Address) -> Iterator[Connection]:
    """Yield a connection in a transaction that holds the lock for filling the database; the schema exists."""
    engine = address.engine()
    try:
        with engine.connect() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            if address.schema:
                connection.execute(CreateSchema(address.schema, if_not_exists=True))
            yield connection
    except (SQLAlchemyError, sqlite3.Error, OSError, subprocess.SubprocessError) as error:
        raise address.error(error) from None
    finally:
        engine.dispose()


def _metadata() -> MetaData:
    from jupyterhub import orm

    metadata: MetaData = orm.Base.metadata
    return metadata


def _is_a_hubs(connection: Connection, address: Address) -> bool:
    there = set(inspect(connection).get_table_names(schema=address.schema or None))
    return not there.isdisjoint({*_metadata().tables, TABLE_OF_REVISIONS})


def _check_revision(connection: Connection, address: Address) -> None:
    """Find out whether this JupyterHub would start with the tables that are there."""
    from jupyterhub import orm

    try:
        orm.check_db_revision(connection.engine)
    except orm.DatabaseSchemaMismatch as error:
        raise DatabaseError(
            f"{address.parameter}: another release of JupyterHub has made the tables at {address.place}: {error}"
        ) from None


def _fill(connection: Connection, sqlite_file: Path) -> int:
    """Copy every table; return how many rows there were."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy, brought to this JupyterHub's form: the file stays what it is, also while a hub writes into it.
        copy = Path(folder) / "copy.sqlite"
        with (
            contextlib.closing(sqlite3.connect(f"file:{sqlite_file}?mode=ro", uri=True, timeout=30)) as live,
            contextlib.closing(sqlite3.connect(copy)) as target,
        ):
            live.backup(target)
        from jupyterhub import dbutil

        dbutil.upgrade_if_needed(f"sqlite:///{copy}", backup=False, log=log)
        source = create_engine(f"sqlite:///{copy}", poolclass=NullPool, hide_parameters=True)
        with source.connect() as old:
            return _copy_tables(old, connection)


def _copy_tables(old: Connection, new: Connection) -> int:
    metadata = _metadata()
    metadata.create_all(new)
    count = 0
    for table in metadata.sorted_tables:
        rows = [dict(row) for row in old.execute(select(table)).mappings()]
        if rows:
            new.execute(insert(table), rows)
            _continue_numbers(new, table)
            count += len(rows)
    revisions = Table(TABLE_OF_REVISIONS, MetaData(), autoload_with=old)
    revisions.create(new)
    new.execute(insert(revisions), [dict(row) for row in old.execute(select(revisions)).mappings()])
    return count


def _continue_numbers(new: Connection, table: Table) -> None:
    column = table.autoincrement_column
    if column is not None:
        name = new.dialect.identifier_preparer.format_table(table)
        sequence = func.pg_get_serial_sequence(name, column.name)
        new.execute(select(func.setval(sequence, select(func.max(column)).scalar_subquery())))


def _put_aside(sqlite_file: Path) -> Path:
    # Closed in this mode, the database is one file.
    with contextlib.closing(sqlite3.connect(sqlite_file, timeout=30)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    kept = sqlite_file.with_name(f"{sqlite_file.name}.before-postgresql-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    return sqlite_file.rename(kept)


def main(words: list[str]) -> int:
    """Check the address on standard input; return 1, with a sentence on standard error, when it cannot be used."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    parameter, sqlite_file = words
    try:
        address = read_address(sys.stdin.read(), parameter=parameter)
        print(f"{address.place} can be used: {rehearse(address, Path(sqlite_file))}")
    except DatabaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
