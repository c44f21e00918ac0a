"""Where the JSON of a stack is: in the output folder, or synthesized on the spot."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hubctl.console import err
from hubctl.environment.requirements import check_node
from hubctl.errors import BadInputError, HubctlError
from hubctl.processes import run_program
from hubctl.temporary import private_folder
from stacks.common_settings import CommonSettings
from stacks.settings import load_context

JSON = "cdk.tf.json"
SOURCES = ("main.py", "stacks", "constructs", "cdktf.json")
SECONDS = 300
LINES = 40  # of what the app says when it fails; it names every mistake in the settings


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
    with private_folder("synthesized") as temporary:
        synthesize(project, temporary)
        yield temporary / "stacks" / stack / JSON


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
        HubctlError: Node is missing or too old, or the machine has no room or is too slow.

    """
    if problem := check_node():
        raise HubctlError(f"the stacks cannot be synthesized: {problem.message}", remedy=f"{problem.remedy}.")
    run_app(project, folder, environment=os.environ)


def run_app(
    project: Path,
    folder: Path,
    *,
    environment: Mapping[str, str],
    settings: Mapping[str, Any] | None = None,
    on_tick: Callable[[], None] | None = None,
    log: Path | None = None,
) -> None:
    """Run the project's app, which writes all stacks to ``folder``, and what it says to ``log``.

    ``settings`` take the place of CDKTF_CONTEXT_JSON.

    Raises:
        BadInputError: Something is wrong with the settings; the message has the app's own words.
        HubctlError: It failed otherwise.

    """
    told = {} if settings is None else {"CDKTF_CONTEXT_JSON": json.dumps(settings)}
    finished = run_program(
        [sys.executable, str(project / "main.py")],
        folder=project,
        environment={**environment, **told, "CDKTF_OUTDIR": str(folder.absolute())},
        deadline=SECONDS,
        on_tick=on_tick,
    )
    if log is not None:
        log.write_text(finished.output + finished.errors, encoding="utf-8")
    if finished.exit_code == 0:
        return
    last = [line[:300] for line in (finished.errors or finished.output).strip().splitlines()[-LINES:]]
    message = "\n".join(["the stacks cannot be synthesized:", *last])
    if finished.exit_code == BadInputError.exit_code:
        raise BadInputError(message, remedy="Correct the settings and try again.")
    raise HubctlError(message, remedy="Set right what is named above, and try again.")
