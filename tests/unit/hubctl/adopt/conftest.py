"""States of labs by other authors, which were made by applying ``tests/plan/fixtures/adopt`` to the local AWS."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.division import addresses_set_aside, without_set_aside
from hubctl.adopt.inference.settings import infer
from hubctl.adopt.matching.candidates import Matching, planned_resources
from hubctl.adopt.matching.matching import match_resources
from hubctl.adopt.request import AdoptionRequest
from hubctl.adopt.state.existing import Existing, ExistingState
from hubctl.adopt.state.state_file import read_state
from stacks.settings.loading import check_context

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


@pytest.fixture(scope="session")
def paired(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Matching]:
    """Return ``paired(document, **options)``: what an adoption of the state would pair, before any plan.

    ``options`` are those of AdoptionRequest. It starts Node: tests that use it carry the mark ``node``.
    """
    synthesized: dict[str, Document] = {}

    def synthesize(stack: str, settings: dict[str, Any]) -> Document:
        key = json.dumps([stack, settings], sort_keys=True)
        if key not in synthesized:
            from cdktf import App

            from stacks.app import build_stack

            app = App(stack_traces=False, outdir=str(tmp_path_factory.mktemp("synthesized")))
            checked, mistakes = check_context(settings)
            assert mistakes == []
            synthesized[key] = build_stack(app, checked, stack).to_terraform()
        return synthesized[key]

    def pair(document: Document, **options: Any) -> Matching:
        state = read_state(json.dumps(document), "the state")
        request = AdoptionRequest(**{"stack": "aws-lab", "project": project, **options})
        told = {"hosted_zone", "target_domain"}  # so that nobody asks Route 53
        found = infer(without_set_aside(state, request), request, told)
        stack = synthesize(request.stack, found.settings)
        return match_resources(
            planned_resources(stack, found.settings),
            state.resources,
            chosen=request.match,
            set_aside=addresses_set_aside(state, request),
            likely=found.likely,
        )

    return pair


def theirs_of(matching: Matching, ours: str) -> str | None:
    """Return the existing address of one of our resources."""
    return next((match.theirs for match in matching.matches if match.ours == ours), None)


def attributes(document: Document, address: str) -> dict[str, Any]:
    """Return the attributes of the first instance of a resource of the root module, to be edited."""
    kind, _, name = address.partition(".")
    entry = next(r for r in document["resources"] if (r["type"], r["name"]) == (kind, name))
    values: dict[str, Any] = entry["instances"][0]["attributes"]
    return values


def add(document: Document, address: str, **values: Any) -> None:
    """Add a resource to a state; ``address`` may begin with a module."""
    *module, kind, name = address.split(".")
    document["resources"].append(
        {
            "mode": "managed",
            **({"module": ".".join(module)} if module else {}),
            "type": kind,
            "name": name,
            "provider": 'provider["registry.example.test/hashicorp/aws"]',
            "instances": [{"attributes": values}],
        }
    )


def remove(document: Document, *addresses: str) -> None:
    """Take resources of the root module out of a state."""
    names = {tuple(address.split(".")) for address in addresses}
    kept = [r for r in document["resources"] if (r["type"], r["name"]) not in names]
    assert len(kept) == len(document["resources"]) - len(names)
    document["resources"] = kept
