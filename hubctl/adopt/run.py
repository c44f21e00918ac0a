"""One run of ``hubctl adopt``: read, adopt, write the files, and say what comes next."""

import difflib
import json
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hubctl.adopt.adoption import adopt
from hubctl.adopt.answers import Answers, answers_path, answers_text, merged, read_answers, with_answers
from hubctl.adopt.report import Files, outcome_json, print_outcome, print_questions
from hubctl.adopt.request import PARTS, AdoptionOutcome, AdoptionRequest, Question, UndecidedError
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.source import local_state_of, state_from
from hubctl.core.command_line import typed
from hubctl.core.console import err, out
from hubctl.core.errors import BadInputError
from hubctl.core.files import UnwrittenError, write_whole
from hubctl.core.project_folders import ROOT
from stacks.adoption.file import AdoptionFile

ROUNDS = 5  # of questions: each run can only ask for what the one before it did not hide
Ask = Callable[[Question], str]


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
    """Adopt, write what came of it, print it; return whether the adoption is proven. ``ask`` answers the questions.

    Raises BadInputError when the input cannot be used, or when questions are open without whose answers no plan can be
    made: they stand in the answers file then.
    """
    given = read_answers(run.answers) if run.answers is not None else {}
    state = state_from(run.state, run.backend)
    for _ in range(ROUNDS if ask else 1):
        try:
            outcome = _adopted(state, with_answers(request, given))
            questions = outcome.questions
        except UndecidedError as undecided:
            if ask is None:
                _write_answers(run, request.stack, given, undecided.questions)
                raise
            outcome, questions = None, undecided.questions
        if ask is None or all(asked.name in given.get(asked.part, {}) for asked in questions):
            break
        given = _asked(given, questions, ask)
    if outcome is None:
        raise BadInputError(
            "questions are still open", remedy="Run it once more, with the answers that it wrote."
        )
    if ask is not None and given:
        _store(run, request.stack, given, ())
    return _conclude(run, request.stack, given, outcome)


def _adopted(state: ExistingState, request: AdoptionRequest) -> AdoptionOutcome:
    with err.status("reading") as status:
        return adopt(state, request, say=status.update)


def _asked(given: Answers, questions: Sequence[Question], ask: Ask) -> Answers:
    found = merged(given, ())
    for asked in questions:
        if asked.name not in found[asked.part]:
            found[asked.part][asked.name] = ask(asked)
    return found


def _conclude(run: Run, stack: str, given: Answers, outcome: AdoptionOutcome) -> bool:
    path = target(run.folder, stack, proven=outcome.proven)
    write_file(path, outcome.file, overwrite=run.force or not outcome.proven, secrets=outcome.secrets)
    files = Files(adoption=path, state=local_state_of(run.state, run.backend))
    if not outcome.proven and outcome.questions:
        written, command = _store(run, stack, given, outcome.questions)
        files = replace(files, answers=written, command=command)
    if run.as_json:
        out.print_json(json.dumps(outcome_json(outcome, files)))
    else:
        print_outcome(outcome, files, out)
    return outcome.proven


def _write_answers(run: Run, stack: str, given: Answers, questions: Sequence[Question]) -> None:
    path, command = _store(run, stack, given, questions)
    print_questions(questions, Files(adoption=path, answers=path, command=command), err)


def _store(run: Run, stack: str, given: Answers, questions: Sequence[Question]) -> tuple[Path, str]:
    """Write the answers file; return its path and the command that uses it. Answers that stand there already are kept."""
    path = run.answers or answers_path(run.folder, stack)
    present = read_answers(path, whole=False) if path.exists() and run.answers is None else {}
    kept = {part: {**present.get(part, {}), **given.get(part, {})} for part in PARTS}
    command = next_command(run, path)
    write_beside(path, answers_text(merged(kept, questions), questions, command))
    return path, command


def next_command(run: Run, answers: Path) -> str:
    """Return the whole command that goes on with the answers."""
    words = ["adopt"]
    for name, value in run.options:
        words += [name] if value is None else [name, shlex.quote(value)]
    path = answers.relative_to(ROOT) if Path.cwd() == ROOT and answers.is_relative_to(ROOT) else answers
    return typed(" ".join([*words, "--answers", shlex.quote(str(path))]))


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
