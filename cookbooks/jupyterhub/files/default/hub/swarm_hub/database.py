"""SQLite without a wait for the disk at every commit, of which a start has several, each in the hub's event loop."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine


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
