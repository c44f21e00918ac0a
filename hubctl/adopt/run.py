"""One run of ``hubctl adopt``: read, adopt, write the files, and say what comes next."""

import difflib
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hubctl.adopt.adoption import adopt
from hubctl.adopt.answers import Answers, answers_path, answers_text, merged, read_answers, with_answers
from hubctl.adopt.report import Files, outcome_json, print_needs, print_outcome
from hubctl.adopt.request import PARTS, AdoptionOutcome, AdoptionRequest, Need, UndecidedError
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import ExistingState, Origin, decoded
from hubctl.adopt.state.state_file import check_not_locked, read_state
from hubctl.core.command_line import typed
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import UnwrittenError, object_or_none, write_whole
from hubctl.core.project_folders import ROOT
from hubctl.core.tool_versions import terraform_binary
from stacks.adoption.file import AdoptionFile

PULLED_WITHIN = 300.0  # seconds


def state_from(state: str | None, backend: Path | None) -> ExistingState:
    """Read the state from a file (``-``: standard input) or, by ``terraform state pull``, from a folder's backend.

    Raises BadInputError when neither or both are given, when it cannot be read, is locked, or is not a state.
    """
    if (state is None) == (backend is None):
        raise BadInputError(
            "give one existing state",
            remedy="Use --state FILE, --state - for standard input, or --from-backend DIR.",
        )
    if backend is not None:
        return read_state(_pull(backend), f"the state of {backend}", Origin(backend=backend))
    if state == "":
        raise BadInputError(
            "--state is empty, as an unset variable of the shell is",
            remedy="Use --state FILE, or --state - for standard input.",
        )
    if state == "-":
        if sys.stdin is None:
            raise BadInputError("standard input is closed", remedy="Use --state FILE, or a pipe.")
        # What stands in for standard input may have no bytes below its text.
        given = sys.stdin.buffer.read() if hasattr(sys.stdin, "buffer") else sys.stdin.read().encode()
        text, form = decoded(given, "standard input")
        return read_state(text, "standard input", Origin(form=form))
    path = Path(str(state))
    check_not_locked(path)
    try:
        text, form = decoded(path.read_bytes(), str(path))
        return read_state(text, str(path), Origin(path=path, form=form))
    except IsADirectoryError as error:
        raise BadInputError(
            f"{path} is a folder",
            remedy=f"Use --from-backend {path}, or give the state file in it.",
        ) from error
    except FileNotFoundError as error:
        raise BadInputError(
            f"there is no file {path}", remedy="Give the path of the existing state."
        ) from error
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be read: {error}", remedy="Give a readable state file."
        ) from error


def local_state_of(state: str | None, backend: Path | None) -> Path | None:
    """Return the state file that has to be copied into our folder; None when the state stays in a shared backend.

    A state on standard input may come from anywhere: its file is not known.
    """
    if state is not None:
        return Path(state).absolute() if state != "-" else None
    if backend is None:
        return None
    shared = (
        backend / ".terraform" / "terraform.tfstate"
    )  # where Terraform notes the backend that it was initialized with
    try:
        noted = object_or_none(shared.read_bytes()) or {}
    except OSError:
        noted = {}
    settings = noted.get("backend")
    kind = settings.get("type", "local") if isinstance(settings, dict) else "local"
    path = backend / "terraform.tfstate"
    return path.absolute() if kind == "local" and path.is_file() else None


def _pull(folder: Path) -> str:
    """Return what ``terraform state pull`` prints; it only reads. The operator's own environment applies."""
    if not folder.is_dir():
        raise BadInputError(
            f"there is no folder {folder}", remedy="Give the folder of the existing configuration."
        )
    for state in (folder / "terraform.tfstate", *folder.glob("terraform.tfstate.d/*/terraform.tfstate")):
        check_not_locked(state)
    environment = {**os.environ, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0", "CHECKPOINT_DISABLE": "1"}
    try:
        finished = subprocess.run(
            [terraform_binary(), "state", "pull"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PULLED_WITHIN,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise HubctlError(
            f"terraform state pull failed in {folder}: {error}", remedy="Run it there yourself to see why."
        ) from error
    if finished.returncode != 0:
        said = finished.stderr.strip() or finished.stdout.strip()
        lock = "lock" in said.lower()
        raise BadInputError(
            f"terraform state pull failed in {folder}:\n{said}",
            remedy="The state is locked: wait until the other run has ended."
            if lock
            else "Run `terraform init` there with the credentials of its backend, then try again.",
        )
    return finished.stdout


def target(folder: Path, stack: str, *, proven: bool) -> Path:
    """Return where the file goes; one that is not proven goes beside it, where the stacks do not look."""
    return folder / (f"{stack}.json" if proven else f"{stack}.draft.json")


def write_file(path: Path, file: AdoptionFile, *, overwrite: bool, secrets: Secrets | None = None) -> None:
    """Write ``file``; raise BadInputError with the differences when another one is there, or when it cannot be written.

    The same when it would hold one of ``secrets``.
    """
    text = file.text()
    gate = secrets or Secrets()
    gate.check_file(text)
    if path.exists() and not overwrite:
        present = path.read_text(encoding="utf-8", errors="replace")
        if present != text:
            lines = list(
                difflib.unified_diff(
                    present.splitlines(), text.splitlines(), "there", "new", lineterm="", n=1
                )
            )
            shown = lines[:40] + ([f"... {len(lines) - 40} more lines"] if len(lines) > 40 else [])
            raise BadInputError(
                f"{path} exists and differs:\n" + gate.redacted("\n".join(shown)),
                remedy="Review the difference; write over it with --force, or write elsewhere with --out.",
            )
    write_beside(path, text)


def write_beside(path: Path, text: str) -> None:
    """Write what belongs to an adoption, whole. Raises BadInputError when that cannot be done."""
    try:
        write_whole(path, text, folders=True)
    except UnwrittenError as error:
        raise _unwritable(path.parent, error.reason) from error


def check_writable(folder: Path) -> None:
    """Raise BadInputError when nothing can be written to ``folder``, or it cannot be made; it is not made yet."""
    there = next(parent for parent in (folder.absolute(), *folder.absolute().parents) if parent.exists())
    if not there.is_dir():
        raise _unwritable(folder, f"{there} is not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise _unwritable(folder, "no permission")


def _unwritable(folder: Path, why: str) -> BadInputError:
    return BadInputError(
        f"no adoption file can be written to {folder}: {why}; what is there is as it was",
        remedy="Give a folder of yours with --out, or with the setting `adoption`.",
    )


ROUNDS = 5  # of questions: each run can only ask for what the one before it did not hide
Ask = Callable[[Need], str]


@dataclass(frozen=True, kw_only=True)
class Run:
    """Where the state comes from and where the files go.

    ``options`` are those that were typed, for the next command, but for sensitive values: a plan does not depend on them.
    """

    state: str | None
    backend: Path | None
    folder: Path
    answers: Path | None
    options: Sequence[tuple[str, str | None]]
    force: bool
    as_json: bool


def run_adoption(run: Run, request: AdoptionRequest, ask: Ask | None = None) -> bool:
    """Adopt, write what came of it, print it; return whether the adoption is proven. ``ask`` answers what is not told.

    Raises BadInputError when the input cannot be used, or when something has to be told before a plan can be made: what
    that is stands in the answers file then.
    """
    given = read_answers(run.answers) if run.answers is not None else {}
    state = state_from(run.state, run.backend)
    for _ in range(ROUNDS if ask else 1):
        try:
            outcome = _adopted(state, with_answers(request, given))
            needs = outcome.needs
        except UndecidedError as undecided:
            if ask is None:
                _write_answers(run, request.stack, given, undecided.needs)
                raise
            outcome, needs = None, undecided.needs
        if ask is None or all(need.name in given.get(need.part, {}) for need in needs):
            break
        given = _asked(given, needs, ask)
    if outcome is None:
        raise BadInputError(
            "there is still something to be told", remedy="Run it once more, with the answers that it wrote."
        )
    if ask is not None and given:
        _store(run, request.stack, given, ())
    return _conclude(run, request.stack, given, outcome)


def _adopted(state: ExistingState, request: AdoptionRequest) -> AdoptionOutcome:
    with err.status("reading") as status:
        return adopt(state, request, say=status.update)


def _asked(given: Answers, needs: Sequence[Need], ask: Ask) -> Answers:
    found = merged(given, ())
    for need in needs:
        if need.name not in found[need.part]:
            found[need.part][need.name] = ask(need)
    return found


def _conclude(run: Run, stack: str, given: Answers, outcome: AdoptionOutcome) -> bool:
    path = target(run.folder, stack, proven=outcome.proven)
    write_file(path, outcome.file, overwrite=run.force or not outcome.proven, secrets=outcome.secrets)
    files = Files(adoption=path, state=local_state_of(run.state, run.backend))
    if not outcome.proven and outcome.needs:
        written, command = _store(run, stack, given, outcome.needs)
        files = replace(files, answers=written, command=command)
    if run.as_json:
        out.print_json(json.dumps(outcome_json(outcome, files)))
    else:
        print_outcome(outcome, files, out)
    return outcome.proven


def _write_answers(run: Run, stack: str, given: Answers, needs: Sequence[Need]) -> None:
    path, command = _store(run, stack, given, needs)
    print_needs(needs, Files(adoption=path, answers=path, command=command), err)


def _store(run: Run, stack: str, given: Answers, needs: Sequence[Need]) -> tuple[Path, str]:
    """Write the answers file; return its path and the command that uses it. Answers that stand there already are kept."""
    path = run.answers or answers_path(run.folder, stack)
    present = read_answers(path, whole=False) if path.exists() and run.answers is None else {}
    kept = {part: {**present.get(part, {}), **given.get(part, {})} for part in PARTS}
    command = next_command(run, path)
    write_beside(path, answers_text(merged(kept, needs), needs, command))
    return path, command


def next_command(run: Run, answers: Path) -> str:
    """Return the whole command that goes on with the answers."""
    words = ["adopt"]
    for name, value in run.options:
        words += [name] if value is None else [name, shlex.quote(value)]
    path = answers.relative_to(ROOT) if Path.cwd() == ROOT and answers.is_relative_to(ROOT) else answers
    return typed(" ".join([*words, "--answers", shlex.quote(str(path))]))
