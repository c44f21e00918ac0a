"""A copy of the state, made before anything is changed."""

import os
from datetime import datetime
from pathlib import Path


def save_state(text: str, folder: Path, stack: str, now: datetime) -> Path:
    """Write ``text`` to a new file that only its owner can read, since states hold secrets; return its path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{stack}-{now:%Y%m%dT%H%M%S%fZ}.tfstate"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    return path
