"""The answers file of an adoption: written by the first run, edited by the operator, read by the next one.

It is TOML: a table for each kind of question (:data:`hubctl.adopt.request.PARTS`), with one line for each. Secrets do not
belong in it.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hubctl.adopt.request import (
    CARRY,
    FORGET,
    HERE,
    LEAVE_OUT,
    MATCH,
    PARTS,
    SETTINGS,
    THERE,
    AdoptionRequest,
    Question,
)
from hubctl.core.errors import BadInputError
from hubctl.core.terraform.driver import as_expression
from stacks.settings.text_files import decoded

Answers = dict[str, dict[str, Any]]
_TITLES = {
    SETTINGS: "What the state does not tell. Secrets go into the environment instead: TF_VAR_NAME.",
    MATCH: "Which existing resource is ours, where several would do.",
    THERE: 'Existing resources that the design does not have: "carry" goes on managing one as it is, "forget" lets go of it, '
    "undestroyed.",
    HERE: 'Resources of the design that the state does not have: "leave out" creates nothing, "import ID" takes in what is in '
    "AWS but in no state.",
}


def answers_path(folder: Path, stack: str) -> Path:
    """Return where the answers of a stack go, beside its adoption file."""
    return folder / f"{stack}.answers.toml"


def read_answers(path: Path, *, whole: bool = True) -> Answers:
    """Read an answers file. Raises BadInputError with every mistake in it; a missing answer is one if it is to be ``whole``."""
    try:
        document = tomllib.loads(decoded(path.read_bytes()))
    except FileNotFoundError as error:
        raise BadInputError(
            f"there is no file {path}", remedy="Run the command without --answers; it writes one."
        ) from error
    except (OSError, ValueError, RecursionError) as error:  # among them a number of thousands of digits
        why = (
            "it is nested too deeply"
            if isinstance(error, RecursionError)
            else getattr(error, "strerror", None) or error
        )
        raise BadInputError(
            f"{path} cannot be read: {why}", remedy="Correct the line that it names, or delete the file."
        ) from error
    mistakes = [f"{path}: there is no part {part}" for part in document if part not in PARTS]
    for part in set(document) & set(PARTS):
        if not isinstance(document[part], dict):
            mistakes.append(f"{path}: {part} is not a table")
            continue
        mistakes += [
            f"{path}: [{part}] {name} = {answer!r}: {wrong}"
            for name, answer in document[part].items()
            if (whole or answer != "") and (wrong := problem(part, answer))
        ]
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy="The comments in the file say what can be answered.")
    return {part: dict(document.get(part, {})) for part in PARTS}


def problem(part: str, answer: Any) -> str | None:
    """Return what is wrong with an answer, None when it can be used."""
    if part == SETTINGS:
        return "it has no answer yet" if answer == "" else None
    if not isinstance(answer, str) or not answer:
        return "write a text"
    if part == THERE and answer not in (CARRY, FORGET):
        return f'write "{CARRY}" or "{FORGET}"'
    if part == HERE and answer != LEAVE_OUT and not answer.startswith("import "):
        return f'write "{LEAVE_OUT}" or "import ID"'
    return None


def merged(answers: Answers, questions: Iterable[Question]) -> Answers:
    """Return the answers with what is proposed for further needs."""
    found = {part: dict(answers.get(part, {})) for part in PARTS}
    for asked in questions:
        found[asked.part].setdefault(asked.name, asked.proposal)
    return found


def with_answers(request: AdoptionRequest, answers: Answers) -> AdoptionRequest:
    """Return the request with the answers in it; what was typed wins."""
    typed = {*request.forget, *request.carry, *request.leave_out, *request.imports}
    there, here = answers.get(THERE, {}), answers.get(HERE, {})
    return replace(
        request,
        settings={name: _text(value) for name, value in answers.get(SETTINGS, {}).items()}
        | dict(request.settings),
        match=dict(answers.get(MATCH, {})) | dict(request.match),
        carry=[*request.carry, *(name for name in there if there[name] == CARRY and name not in typed)],
        forget=[*request.forget, *(name for name in there if there[name] == FORGET and name not in typed)],
        leave_out=[
            *request.leave_out,
            *(name for name in here if here[name] == LEAVE_OUT and name not in typed),
        ],
        imports={
            name: answer.removeprefix("import ").strip()
            for name, answer in here.items()
            if answer != LEAVE_OUT and name not in typed
        }
        | dict(request.imports),
    )


def answers_text(answers: Answers, questions: Sequence[Question], command: str) -> str:
    """Return the text of an answers file. ``questions`` explain the answers, ``command`` is the line that uses the file."""
    said = {(asked.part, asked.name): asked for asked in questions}
    lines = [
        "# What this adoption was asked, with an answer for each that changes nothing for users.",
        "# Edit what is not right, then run:",
        f"#   {command}",
    ]
    for part in PARTS:
        if not answers.get(part):
            continue
        lines += ["", f"# {_TITLES[part]}", f"[{part}]"]
        for name, answer in sorted(answers[part].items()):
            asked = said.get((part, name))
            if asked is not None and asked.why:
                lines.append(f"# {asked.why}")
            if asked is not None and asked.others and part == MATCH:
                lines.append(f"# or: {', '.join(asked.others)}")
            lines.append(f"{_toml(name)} = {_toml(answer)}")
    return "\n".join(lines) + "\n"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_expression(value)


def _toml(value: Any) -> str:
    """Return a name or a value as TOML: a basic string has the escapes of JSON, and lists, numbers and switches look alike."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(name)} = {_toml(item)}" for name, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
