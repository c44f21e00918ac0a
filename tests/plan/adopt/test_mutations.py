"""What is stronger than ours, or foreign, stays as it is: each such argument of each design, set at once, and all kept."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.plan.adopt.conftest import Document, Run
from tests.plan.adopt.mutations import FOREIGN, STRONGER, Values, mutated

pytestmark = pytest.mark.terraform

# How the state of each design is adopted, and the fewest arguments that must be found in it
DESIGNS: dict[str, tuple[dict[str, Any], int]] = {
    "campus": ({}, 20),
    "institute": ({}, 20),
    "seminar": ({}, 15),
    "workshop": ({}, 20),
    "hub": ({"stack": "chef-hub", "settings": {"deployer_ip": "203.0.113.9/32"}}, 15),
}


@pytest.mark.parametrize("values", [STRONGER, FOREIGN], ids=["stronger", "foreign"])
@pytest.mark.parametrize("design", DESIGNS)
def test_every_such_argument_is_kept(
    run: Run,
    lab: Callable[[str], Document],
    design: str,
    values: Values,
    record_property: Callable[..., None],
) -> None:
    options, fewest = DESIGNS[design]
    document, changed = mutated(lab(design), values)
    assert len(changed) >= fewest, changed
    record_property("arguments", len(changed))
    outcome = run(document, **options)
    assert outcome.proven, outcome.differences
    assert set(outcome.counts) <= {"no-op", "forget"}
    managed = sum(len(r["instances"]) for r in document["resources"] if r["mode"] == "managed")
    assert sum(outcome.counts.values()) == managed
    assert "would be destroyed" not in outcome.only_there.values()
