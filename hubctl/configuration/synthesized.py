"""Where the JSON of a stack is: in the output folder, or synthesized on the spot."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.console import err
from hubctl.environment.requirements import check_node
from hubctl.errors import BadInputError, HubctlError
from stacks.common_settings import CommonSettings
from stacks.settings import load_context

JSON = "cdk.tf.json"
SOURCES = ("main.py", "stacks", "constructs", "cdktf.json")
SECONDS = 300


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
    err.say(f"synthesizing {stack}, because cdktf.out is not up to date")
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
    """Return when the stacks' sources, settings and adoption files were last changed."""
    files = [
        file
        for source in (*SOURCES, _adoption(project))
        for file in ((project / source).rglob("*") if (project / source).is_dir() else [project / source])
        if file.suffix in {".py", ".json", ".sh"} and file.is_file()
    ]
    return max(file.stat().st_mtime for file in files)


def _adoption(project: Path) -> str:
    context, _ = load_context(project, {})
    settings, _ = CommonSettings.check({key: context[key] for key in ("adoption",) if key in context})
    return settings.adoption


def synthesize(project: Path, folder: Path) -> None:
    """Write all stacks to a folder such as cdktf.out.

    Raises:
        BadInputError: Something is wrong with the settings; the message says what.
        HubctlError: Node is missing or too old, or the machine too slow.

    """
    if problem := check_node():
        raise HubctlError(f"the stacks cannot be synthesized: {problem.message}", remedy=f"{problem.remedy}.")
    try:
        finished = subprocess.run(
            [sys.executable, str(project / "main.py")],
            env={**os.environ, "CDKTF_OUTDIR": str(folder)},
            cwd=project,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise HubctlError(
            f"the stacks were not synthesized within {SECONDS} s",
            remedy="Try again when this machine is less busy.",
        ) from error
    if finished.returncode != 0:
        last = "\n".join(finished.stderr.strip().splitlines()[-15:])
        raise BadInputError(
            f"the stacks cannot be synthesized:\n{last}", remedy="Correct the settings and try again."
        )
