"""Terraform refuses to delete the users' homes: no file in the stack's folder lifts that."""

from collections.abc import Iterator

from hubctl.calling import typed
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, ok, skipped, warning
from stacks.left_override import FILE, has_left_override


def _run(examination: Examination) -> Iterator[Finding]:
    folder = examination.stack.folder
    if folder is None or not folder.is_dir():
        yield skipped("protection", "the stack has no folder yet")
    elif has_left_override(folder):
        yield warning(
            FILE,
            f"{folder / FILE} is left of a destroy that was killed: with it, Terraform deletes homes without a refusal",
            f"Delete it; `{typed(f'plan --stack {examination.stack.name}')}` and `make synth` do so too.",
        )
    else:
        yield ok("protection", "nothing in the stack's folder lifts the protection of homes and backups")


CHECK = Check(
    name="protection",
    about="no file in the stack's folder lifts the protection of homes and backups",
    run=_run,
    offline=True,
)
