"""The steps of a start, for everybody who looks at its page: early and late viewers see the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

# JupyterHub shows 0 at the request and 100 at the end; a bar that creeps towards the end shows life.
FIRST = 10
LAST = 90
EYE_SECONDS = 0.25


class Progress:
    """Messages, each told once unless it changes."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    def clear(self) -> None:
        """Forget the steps of an earlier start."""
        self._messages = []

    def tell(self, message: str) -> None:
        """Add a step, unless it is the same as the last."""
        if not self._messages or self._messages[-1] != message:
            self._messages.append(message)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """Yield JupyterHub's progress events, those of the past first; the caller ends the iteration."""
        shown = 0
        while True:
            messages = self._messages
            shown = min(shown, len(messages))
            for message in messages[shown:]:
                shown += 1
                yield {"progress": round(LAST - (LAST - FIRST) / (1 + shown / 3)), "message": message}
            await asyncio.sleep(EYE_SECONDS)
