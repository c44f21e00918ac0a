"""What the stand-ins of system commands share: a folder for their state, and a log of how they were called."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ["FAKE_STATE"])


def record(name: str, arguments: list[str]) -> None:
    """Write one line a call, so that a test can look for secrets on command lines."""
    with (FOLDER / "calls.jsonl").open("a", encoding="utf-8") as log:
        log.write(json.dumps([name, *arguments]) + "\n")


def load(name: str, default: Any) -> Any:
    path = FOLDER / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default


def save(name: str, value: Any) -> None:
    # Whole at once: a stand-in beside this one, in the same pipe, may be reading it.
    unfinished = FOLDER / f"{name}.json.{os.getpid()}"
    unfinished.write_text(json.dumps(value, indent=1), encoding="utf-8")
    unfinished.replace(FOLDER / f"{name}.json")


def fail(message: str, code: int = 1) -> int:
    print(message, file=sys.stderr)
    return code


def option(arguments: list[str], name: str, default: str | None = None) -> str | None:
    return arguments[arguments.index(name) + 1] if name in arguments else default


def options(arguments: list[str], name: str) -> list[str]:
    """Return all words after ``name`` up to the next option."""
    if name not in arguments:
        return []
    rest = arguments[arguments.index(name) + 1 :]
    ends = [index for index, word in enumerate(rest) if word.startswith("--")]
    return rest[: ends[0]] if ends else rest
