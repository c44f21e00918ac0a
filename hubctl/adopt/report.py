"""Prints an adoption for people, or as JSON for programs. Sensitive values appear in neither."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.text import Text

from hubctl.adopt.differences import Difference, Offered
from hubctl.adopt.request import HERE, MATCH, SETTINGS, THERE, AdoptionOutcome, Question
from hubctl.adopt.secrets.gate import shown
from hubctl.core.command_line import typed
from hubctl.core.console import Writer
from hubctl.core.tables import Sheet

_ASKED = {
    SETTINGS: "setting",
    MATCH: "which is ours",
    THERE: "only there",
    HERE: "only here",
}
_STYLES = {"certain": "green", "guessed": "yellow", "told": "cyan", "only there": "red", "only here": "red"}


@dataclass(frozen=True, kw_only=True)
class Files:
    """Where things are, and the command that comes next.

    ``state`` is None unless it is a file that has to be copied, ``answers`` None unless some were written.
    """

    adoption: Path
    state: Path | None = None
    answers: Path | None = None
    command: str = ""


def _cleaned(
    show: Callable[[AdoptionOutcome, Files, Writer], None],
) -> Callable[[AdoptionOutcome, Files, Writer], None]:
    @functools.wraps(show)
    def cleaned(outcome: AdoptionOutcome, files: Files, console: Writer) -> None:
        with console.cleaning(outcome.secrets.redacted):
            show(outcome, files, console)

    return cleaned


@_cleaned
def print_outcome(outcome: AdoptionOutcome, files: Files, console: Writer) -> None:
    """Print what was matched, kept and planned, and what to do next."""
    _matches(outcome).show(console)
    kept = list(_kept(outcome))
    if kept:
        _table("kept as it is", ("resource", "argument", "value"), kept).show(console)
    for key, value in outcome.overruled.items():
        console.say(
            f"the project sets {key} = {value!r}, which wins over the existing {outcome.file.settings[key]!r}",
            label=Text("note: ", style="yellow"),
        )
    for name in outcome.idle:
        console.say(
            f"--improve {name} changes nothing: ours is not stronger than what exists, which is kept",
            label=Text("note: ", style="yellow"),
        )
    if outcome.shadowed:
        rows = [(name, ", ".join(where)) for name, where in outcome.shadowed.items()]
        title = "settings whose new values change nothing, as long as these arguments are kept"
        _table(title, ("setting", "arguments"), rows).show(console)
    if outcome.offers:
        _offers(outcome.offers).show(console)
    if outcome.updates:
        _differences("would be updated in place, as you asked", outcome.updates).show(console)
    if outcome.differences:
        _differences("differs", outcome.differences).show(console)
    counts = ", ".join(f"{number} {action}" for action, number in sorted(outcome.counts.items()))
    console.say(f"plan: {counts or 'nothing'}")
    console.say(_verdict(outcome, files))
    if not outcome.proven:
        print_questions(outcome.questions, files, console)


def print_questions(questions: Sequence[Question], files: Files, console: Writer) -> None:
    """Print the open questions, with the answers that are proposed, and the command that uses them."""
    if not questions:
        return
    rows = [(_ASKED[asked.part], asked.name, asked.proposal or "?", asked.why) for asked in questions]
    _table("open questions", ("what", "which", "proposed", "why"), rows).show(console)
    if files.answers is not None:
        console.say(f"The proposed answers are in {files.answers}: edit what is not right, then run")
        console.paste(files.command)


def outcome_json(outcome: AdoptionOutcome, files: Files) -> dict[str, Any]:
    """Return the outcome as plain data."""
    document = {
        "stack": outcome.file.stack,
        "proven": outcome.proven,
        "strict": outcome.strict,
        "file": str(files.adoption),
        "answers": str(files.answers) if files.answers is not None else None,
        "next": files.command,
        "settings": outcome.file.settings,
        "overruled": dict(outcome.overruled),
        "matches": [asdict(match) for match in outcome.matching.matches],
        "only_there": dict(outcome.only_there),
        "only_here": dict(outcome.only_here),
        "kept": [
            {"address": address, "argument": argument, "value": value}
            for address, argument, value in _kept(outcome)
        ],
        "plan": dict(outcome.counts),
        "updates": [asdict(difference) for difference in outcome.updates],
        "idle": list(outcome.idle),
        "offers": [asdict(offer) for offer in outcome.offers],
        "differences": [asdict(difference) for difference in outcome.differences],
        "needs": [asdict(asked) for asked in outcome.questions],
        "shadowed": {name: list(where) for name, where in outcome.shadowed.items()},
    }
    return {key: outcome.secrets.redacted_all(value) for key, value in document.items()}


def _matches(outcome: AdoptionOutcome) -> Sheet:
    rows: list[tuple[str, str, str, str]] = [
        (match.certainty, match.theirs, match.ours, ", ".join(match.reasons[:3]))
        for match in outcome.matching.matches
    ]
    rows += [("only there", address, "", fate) for address, fate in outcome.only_there.items()]
    rows += [("only here", "", address, fate) for address, fate in outcome.only_here.items()]
    rows += [("import", imported.id, imported.to, "") for imported in outcome.file.imports]
    return _table("resources", ("match", "existing", "here", "why"), rows)


def _kept(outcome: AdoptionOutcome) -> Iterator[tuple[str, str, str]]:
    for address, values in sorted(outcome.file.keep.items()):
        for argument, value in sorted(values.items()):
            yield address, argument, shown(argument, value)
    for address, arguments in sorted(outcome.file.ignore.items()):
        yield address, ", ".join(arguments), "whatever it is (ignore_changes)"


def _offers(offers: Sequence[Offered]) -> Sheet:
    rows = [(offer.group, offer.name, offer.change, offer.notice) for offer in offers]
    title = "improvements that you may choose: --improve GROUP, --improve ADDRESS.ARGUMENT or --improve all"
    return _table(title, ("group", "argument", "existing → here", "what users would notice"), rows)


def _differences(title: str, differences: Sequence[Difference]) -> Sheet:
    rows = []
    for difference in differences:
        lines = [
            f"{a.change}{' (forces replacement)' if a.forces_replacement else ''}"
            for a in difference.attributes
        ]
        rows.append((difference.action, difference.address, "\n".join(lines), difference.remedy))
    return _table(title, ("action", "resource", "existing → here", "to make it match"), rows)


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Sheet:
    table = Sheet(*header, title=title, light=True)
    for row in rows:
        table.add(*(Text(cell, style=_STYLES[cell]) if cell in _STYLES else cell for cell in row))
    return table


def _verdict(outcome: AdoptionOutcome, files: Files) -> str:
    kept = "The existing state was only read, never written."
    if not outcome.proven:
        what = sorted({difference.action for difference in outcome.differences})
        return (
            f"Not yet: something would be changed ({', '.join(what)}). {kept}\n"
            f"A draft is in {files.adoption}; the stacks do not read it. Settle the differences above and run "
            f"`{typed('adopt')}` again."
        )
    proven = "nothing would change at all"
    if outcome.updates:
        proven = (
            "nothing would be created, destroyed or replaced, and only what you asked for is updated in place"
        )
    return f"Proven: {proven}. {kept}\nThe adoption is in {files.adoption}. Next:\n" + "\n".join(
        f"  {number}. {step}" for number, step in enumerate(_steps(outcome, files), 1)
    )


def _steps(outcome: AdoptionOutcome, files: Files) -> Iterator[str]:
    """Yield what to do after a proven adoption, so that it works when it is followed literally."""
    stack = f"cdktf.out/stacks/{outcome.file.stack}"
    yield "review the file and commit it;"
    for name in outcome.secret_settings:
        yield f"put the value of {name} into the environment: `export TF_VAR_{name}=…`;"
    if files.state is not None:
        yield (
            "`make synth`, then copy the state, which holds secrets: "
            f"{outcome.state.origin.installing(files.state, f'{stack}/terraform.tfstate')}. "
            "Without it a plan would create everything anew, and is refused;"
        )
    else:
        yield (
            "set the backend to where the state is (docs/how-to/backends.md), then `make synth`. "
            "Without the state a plan would create everything anew, and is refused;"
        )
    yield f"`cd {stack}`, `terraform init` and `terraform plan`;"
    yield (
        "when that plan says the same, `terraform apply`. docs/how-to/adopt-an-existing-deployment.md has the rest."
    )
