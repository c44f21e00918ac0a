"""Where the JSON of a stack is: in the output folder, or synthesized on the spot."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.console import err
from hubctl.errors import BadInputError

JSON = "cdk.tf.json"
SOURCES = ("stacks", "constructs", "cdktf.json")
SECONDS = 120


@contextmanager
def synthesized(project: Path, stack: str, folder: Path | None) -> Iterator[Path]:
    """Give the JSON file of a stack: of ``folder`` (such as cdktf.out), or of the project as it is now.

    Without a folder the stack is taken from cdktf.out if that is newer than its sources, and synthesized otherwise.

    Raises:
        BadInputError: The folder holds no such stack, or the settings are wrong.

    """
    if folder is not None:
        for file in (folder / "stacks" / stack / JSON, folder / JSON):
            if file.is_file():
                yield file
                return
        raise BadInputError(
            f"{folder} holds no stack {stack}", remedy="Synthesize the stacks with `make synth`."
        )
    if is_current(project, stack):
        yield project / "cdktf.out" / "stacks" / stack / JSON
        return
    err.print(f"synthesizing {stack}, because cdktf.out is not up to date", markup=False)
    with tempfile.TemporaryDirectory(prefix="hubctl-synthesized-") as temporary:
        synthesize(project, Path(temporary))
        yield Path(temporary) / "stacks" / stack / JSON


def is_current(project: Path, stack: str) -> bool:
    """Tell whether cdktf.out holds the stack as its sources and settings are now."""
    file = project / "cdktf.out" / "stacks" / stack / JSON
    if os.environ.get("CDKTF_CONTEXT_JSON") or not file.is_file():
        return False
    return file.stat().st_mtime > _newest(project)


def _newest(project: Path) -> float:
    """Return when the stacks' sources were last changed."""
    files = [
        file
        for source in SOURCES
        for file in ((project / source).rglob("*") if (project / source).is_dir() else [project / source])
        if file.suffix in {".py", ".json", ".sh"}
    ]
    return max(file.stat().st_mtime for file in files)


def synthesize(project: Path, folder: Path) -> None:
    """Write all stacks to a folder such as cdktf.out; raise BadInputError with what is wrong with the settings."""
    finished = subprocess.run(
        [sys.executable, str(project / "main.py")],
        env={**os.environ, "CDKTF_OUTDIR": str(folder)},
        cwd=project,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        last = "\n".join(finished.stderr.strip().splitlines()[-15:])
        raise BadInputError(
            f"the stacks cannot be synthesized:\n{last}", remedy="Correct the settings and try again."
        )
