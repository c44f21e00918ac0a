"""Whose tables are whose in a PostgreSQL that all instances of a Lab share: each hub has a schema, named by its instance.

Instances come and go. Each notes hourly that it lives, and deletes the schemas of those that have not for a month and have
no connection either.
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
    Table,
    Text,
    column,
    delete,
    exists,
    func,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import DropSchema

from hub_common.postgresql import Address, DatabaseError, work

log = logging.getLogger("lab_hub.schemas")

PREFIX = "jupyterhub_"
# Where the instances note that they live; no instance has such an id.
LIST = f"{PREFIX}instances"
_INSTANCE = re.compile(r"i-[0-9a-f]{8,17}")
_SCHEMA = re.compile(rf"{PREFIX}i_[0-9a-f]{{8,17}}")
FORGOTTEN_AFTER_DAYS = 30
NOTE_SECONDS = 3600.0

INSTANCES = Table(
    "instances",
    MetaData(schema=LIST),
    Column("schema", Text, primary_key=True),
    Column("seen", DateTime(timezone=True), nullable=False, server_default=func.now()),
)


def schema_of(instance: str) -> str:
    """Return the schema of an instance's hub."""
    if not _INSTANCE.fullmatch(instance):
        raise DatabaseError(
            f"{instance!r} is not the id of an instance, so no schema of the database can be named after it"
        )
    return PREFIX + instance.replace("-", "_")


def note(address: Address) -> None:
    """Note that this instance lives, before anything of it is in the database."""
    with work(_list(address)) as connection:
        INSTANCES.metadata.create_all(connection)
        row = insert(INSTANCES).values(schema=address.schema)
        now = {"seen": func.now()}
        connection.execute(row.on_conflict_do_update(index_elements=[INSTANCES.c.schema], set_=now))
        connection.commit()


def forget(address: Address) -> list[str]:
    """Delete the schemas of instances that are gone, by the database's own clock; return which."""
    sessions = table("pg_stat_activity", column("application_name"))
    connected = exists().where(sessions.c.application_name == INSTANCES.c.schema)
    long_ago = func.now() - text(f"interval '{FORGOTTEN_AFTER_DAYS} days'")
    with work(_list(address)) as connection:
        gone = connection.scalars(
            select(INSTANCES.c.schema).where(INSTANCES.c.seen < long_ago, ~connected)
        ).all()
        found = [schema for schema in gone if _SCHEMA.fullmatch(schema) and schema != address.schema]
        for schema in found:
            connection.execute(DropSchema(schema, cascade=True, if_exists=True))
            connection.execute(delete(INSTANCES).where(INSTANCES.c.schema == schema))
        connection.commit()
    return found


def keep(app: Any, address: Address) -> None:
    """Note and forget hourly, until the hub ends."""
    app.keeping_schemas = asyncio.ensure_future(_keep(address))


async def _keep(address: Address) -> None:
    while True:
        try:
            await asyncio.to_thread(note, address)
            if gone := await asyncio.to_thread(forget, address):
                log.warning("deleted the schemas of instances that are gone: %s", ", ".join(gone))
        except DatabaseError as error:
            log.warning("whether instances are gone is not known: %s", error)
        await asyncio.sleep(NOTE_SECONDS)


def _list(address: Address) -> Address:
    return replace(address, schema=LIST)
