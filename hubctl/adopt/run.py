"""One run of ``hubctl adopt``: read, adopt, write the files, and say what comes next."""

import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hubctl.adopt.adoption import adopt
from hubctl.adopt.answers import Answers, answers_path, answers_text, merged, read_answers, with_answers
from hubctl.adopt.existing import ExistingState
from hubctl.adopt.mapping_file import target, write_beside, write_file
from hubctl.adopt.needs import PARTS, Need, UndecidedError
from hubctl.adopt.report import Files, outcome_json, print_needs, print_outcome
from hubctl.adopt.request import AdoptionOutcome, AdoptionRequest
from hubctl.adopt.sources import local_state_of, state_from
from hubctl.calling import typed
from hubctl.console import err, out
from hubctl.environment.project import ROOT
from hubctl.errors import BadInputError

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
