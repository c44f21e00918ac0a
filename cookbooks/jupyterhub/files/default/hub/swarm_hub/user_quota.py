"""What a user who starts a server takes of their quota; counted anew first when the last count would speak against the start."""

from __future__ import annotations

import asyncio

from swarm_hub.accounting import Accounting
from swarm_hub.admission import UserDisk

# A directory of some ten thousand files is counted within this time; who has more hears of the last count.
PATIENCE = 5.0


async def user_disk(accounting: Accounting, name: str, quota: int) -> UserDisk:
    """Return what the directory takes. Whoever has made room starts at once, and need not wait for the next count."""
    known = UserDisk(used=accounting.used(name), quota=quota)
    if not known.over:
        return known
    await asyncio.wait([asyncio.wrap_future(accounting.recount_now(name))], timeout=PATIENCE)
    return UserDisk(used=accounting.used(name), quota=quota)
