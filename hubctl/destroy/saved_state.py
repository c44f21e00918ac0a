"""A copy of the state, made before anything is changed."""

from datetime import datetime
from pathlib import Path

from hubctl.files import write_whole


def save_state(text: str, folder: Path, stack: str, now: datetime) -> Path:
    """Write ``text`` to a new file that only its owner can read, since states hold secrets; return its path.

    Raises HubctlError when it cannot be written whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{stack}-{now:%Y%m%dT%H%M%S%fZ}.tfstate"
    write_whole(path, text, mode=0o600, new=True)
    return path
