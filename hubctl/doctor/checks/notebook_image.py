"""The image that notebooks are made of is recent: what users run in it reads whatever files they are sent."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, ok, skipped, some, warning
from hubctl.environment.project import ROOT

PINNED = ROOT / "images/versions.pkrvars.hcl"
OLDEST_DAYS = 180
# The Jupyter project's images have the date of their build as a tag.
DATED = re.compile(
    r"(?P<name>[^:@\s]*jupyter/[a-z-]+):(?:[a-z0-9.]+-)*(?P<date>\d{4}-\d{2}-\d{2})(?:@(?P<digest>\S+))?"
)
# Holes of JupyterLab, and the first day on which images were built without them: the day after the mended release.
HOLES = (
    # https://github.com/advisories/GHSA-4m77-cmpx-vjc4, mended in JupyterLab 4.0.11
    ("CVE-2024-22420", "2024-01-20"),
    # https://github.com/advisories/GHSA-9q39-rmj3-p4r2, mended in JupyterLab 4.2.5
    ("CVE-2024-43805", "2024-08-29"),
)
REMEDY = (
    "Run images/pin-notebook-base with the newest date of quay.io/jupyter/datascience-notebook, build the images "
    "(docs/how-to/build-images.md) and deploy them."
)


def _run(examination: Examination) -> Iterator[Finding]:
    yield from _base(examination, PINNED)
    deployed = examination.stack.values.get("hub_notebook_image")
    if isinstance(deployed, str) and (match := DATED.fullmatch(deployed)):
        yield _aged(examination, match)


def _base(examination: Examination, file: Path) -> Iterator[Finding]:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError:
        yield skipped("notebook_base_image", f"{file} is not here: images are built elsewhere")
        return
    found = re.search(r'^notebook_base_image *= *"([^"]*)"', text, re.MULTILINE)
    if found and (match := DATED.fullmatch(found[1])):
        yield _aged(examination, match)
    else:
        what = (
            f"of {found[1]} the age cannot be told" if found else f"{file.name} pins no notebook_base_image"
        )
        yield skipped("notebook_base_image", what)


def _aged(examination: Examination, match: re.Match[str]) -> Finding:
    """Return what is known of an image of the Jupyter project by its tag."""
    subject = match[0].partition("@")[0]
    try:
        built = datetime.strptime(match["date"], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return skipped(subject, f"{match['date']} is not a date")
    days = (examination.now - built).days
    problems = []
    if days > OLDEST_DAYS:
        problems.append(f"it is {days} days old, more than {OLDEST_DAYS}")
    if holes := [hole for hole, mended in HOLES if match["date"] < mended]:
        problems.append(f"its JupyterLab has known holes ({some(holes)})")
    if not match["name"].startswith("quay.io/") and match["name"].count("/") == 1:
        problems.append("new ones are at quay.io/jupyter only")
    if not match["digest"]:
        problems.append("its tag alone is given, which may be moved to other content")
    if problems:
        return warning(subject, f"{subject}: {'; '.join(problems)}", REMEDY)
    return ok(subject, f"{max(days, 0)} days old, pinned by its digest")


CHECK = Check(
    name="notebook-image",
    about="the Jupyter image that notebooks are made of is not older than 180 days and has no known holes, by its date",
    run=_run,
    offline=True,
)
