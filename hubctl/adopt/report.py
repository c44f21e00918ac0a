"""Prints an adoption for people, or as JSON for programs. Sensitive values appear in neither."""

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.text import Text

from hubctl.adopt.differences import Difference
from hubctl.adopt.request import AdoptionOutcome
from hubctl.adopt.secrecy import shown
from hubctl.calling import typed
from hubctl.console import Writer
from hubctl.tables import Sheet

_STYLES = {"certain": "green", "guessed": "yellow", "told": "cyan", "only there": "red", "only here": "red"}


def _cleaned(
    show: Callable[[AdoptionOutcome, Path, Writer], None],
) -> Callable[[AdoptionOutcome, Path, Writer], None]:
    @functools.wraps(show)
    def cleaned(outcome: AdoptionOutcome, file: Path, console: Writer) -> None:
        with console.cleaning(outcome.secrets.redacted):
            show(outcome, file, console)

    return cleaned


@_cleaned
def print_outcome(outcome: AdoptionOutcome, file: Path, console: Writer) -> None:
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
    if outcome.updates:
        _differences("would be updated in place", outcome.updates).show(console)
    if outcome.differences:
        _differences("differs", outcome.differences).show(console)
    counts = ", ".join(f"{number} {action}" for action, number in sorted(outcome.counts.items()))
    console.say(f"plan: {counts or 'nothing'}")
    console.say(_verdict(outcome, file))


def outcome_json(outcome: AdoptionOutcome, file: Path) -> dict[str, Any]:
    """Return the outcome as plain data."""
    document = {
        "stack": outcome.file.stack,
        "proven": outcome.proven,
        "strict": outcome.strict,
        "file": str(file),
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
        "differences": [asdict(difference) for difference in outcome.differences],
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


def _differences(title: str, differences: Sequence[Difference]) -> Sheet:
    rows = []
    for difference in differences:
        lines = [
            f"{a.name}: {a.existing} → {a.planned}{' (forces replacement)' if a.forces_replacement else ''}"
            for a in difference.attributes
        ]
        rows.append((difference.action, difference.address, "\n".join(lines), difference.remedy))
    return _table(title, ("action", "resource", "existing → here", "to make it match"), rows)


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Sheet:
    table = Sheet(*header, title=title, light=True)
    for row in rows:
        table.add(*(Text(cell, style=_STYLES[cell]) if cell in _STYLES else cell for cell in row))
    return table


def _verdict(outcome: AdoptionOutcome, file: Path) -> str:
    kept = "The existing state was only read, never written."
    if not outcome.proven:
        what = "changed" if outcome.strict and not outcome.differences else "created, destroyed or replaced"
        return (
            f"Not yet: something would be {what}. {kept}\n"
            f"A draft is in {file}; the stacks do not read it. Settle the differences above and run "
            f"`{typed('adopt')}` again."
        )
    secrets = "".join(f" and TF_VAR_{name}" for name in outcome.secret_settings)
    return (
        f"Proven: nothing would be created, destroyed or replaced. {kept}\n"
        f"The adoption is in {file}. Next:\n"
        "  1. review it and commit it;\n"
        "  2. set the backend to where the state is (docs/how-to/backends.md)"
        f"{secrets};\n"
        f"  3. `make synth`, then in cdktf.out/stacks/{outcome.file.stack}: `terraform init` and `terraform plan`;\n"
        "  4. when that plan says the same, `terraform apply`. docs/how-to/adopt-an-existing-deployment.md has the rest."
    )
