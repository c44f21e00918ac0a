"""Where the hub's database is: in its own file, or in the operator's PostgreSQL.

SQLite does not wait for the disk at a commit: a start has several, each in the hub's event loop.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from hub_common.postgresql import CONNECT_ARGUMENTS, Address, settle
from hub_common.watched_proxy import at_start

log = logging.getLogger("hub_common.database")

SQLITE_NAME = "jupyterhub.sqlite"
# Its place below the deployment's prefix in SSM
PARAMETER = "hub/database-url"
RELEASE_SECONDS = 1.0


def use_sqlite(c: Any, file: Path) -> None:
    """Keep the database in a file."""
    c.JupyterHub.db_url = f"sqlite:///{file}"
    quicken_sqlite()


def use_postgresql(
    c: Any, address: Address, sqlite_file: Path, environment: MutableMapping[str, str]
) -> None:
    """Keep the database in PostgreSQL, and move there what was in the file."""
    settle(address, sqlite_file)
    # JupyterHub writes the URL into files for Alembic, and Alembic's own process asks the environment too.
    environment["PGPASSWORD"] = address.password
    c.JupyterHub.db_url = address.url
    # A connection that a failover has cut is noticed before it is used.
    c.JupyterHub.db_kwargs = {
        "pool_pre_ping": True,
        "hide_parameters": True,
        "connect_args": dict(CONNECT_ARGUMENTS),
    }
    at_start(c, release_connection)


def release_connection(app: Any) -> None:
    """Give the connection back to the pool whenever the hub has nothing to write, until the hub ends.

    JupyterHub's one session keeps it in a transaction, also while there are no requests. Then it is a user's request that
    notices a cut, and fails, and not the pool, which connects again; and the server may cut what idles in a transaction.
    """
    app.releasing_connection = asyncio.ensure_future(_release(app.db))


async def _release(session: Session) -> None:
    while True:
        await asyncio.sleep(RELEASE_SECONDS)
        if not session.in_transaction() or session.new or session.dirty or session.deleted:
            continue
        try:
            session.commit()
        except SQLAlchemyError as error:
            log.warning("the database has cut the connection: %s", error)
            session.rollback()


def quicken_sqlite() -> None:
    """Let every SQLite connection of this process write ahead.

    A hub that is killed loses nothing; a machine whose power fails may lose the last moments, but not the database:
    https://www.sqlite.org/pragma.html#pragma_synchronous
    """
    if not event.contains(Engine, "connect", _write_ahead):
        event.listen(Engine, "connect", _write_ahead)


def _write_ahead(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
