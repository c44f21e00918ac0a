"""States of labs by other authors, which were made by applying ``tests/plan/fixtures/adopt`` to the local AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.existing import Existing, ExistingState
from hubctl.adopt.state_file import read_state

Document = dict[str, Any]


@pytest.fixture(scope="session")
def lab_document(project: Path) -> Callable[[str], Document]:
    """Return ``lab_document(name)``: the state file of a lab, as a document of the caller's own."""

    def load(name: str) -> Document:
        file = project / f"tests/plan/fixtures/adopt/states/{name}.json"
        document: Document = json.loads(file.read_text(encoding="utf-8"))
        return document

    return load


@pytest.fixture(scope="session")
def lab_state(lab_document: Callable[[str], Document]) -> Callable[[str], ExistingState]:
    """Return ``lab_state(name)``: the same, read."""
    return lambda name: read_state(json.dumps(lab_document(name)), name)


@pytest.fixture(scope="session")
def existing() -> Callable[..., Existing]:
    """Return ``existing(address, **values)``: a resource of the root module."""

    def make(address: str, **values: Any) -> Existing:
        base, _, key = address.partition("[")
        kind, _, name = base.partition(".")
        return Existing(
            address=address,
            resource=base,
            type=kind,
            name=name,
            key=int(key.rstrip("]")) if key else None,
            provider="hashicorp/aws",
            values=values,
        )

    return make
