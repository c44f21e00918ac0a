"""The committed pictures show the stacks as they are synthesized now."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.diagram.architecture import architecture
from hubctl.diagram.kinds import without_rule
from hubctl.diagram.rendering import graphviz_version, render, shown_model
from stacks.registry import STACK_NAMES

STALE = "docs/pictures/{} is not what the stacks are now: run `make diagram`, look at it, and commit it"


@pytest.mark.parametrize("stack", STACK_NAMES)
@pytest.mark.parametrize("file_format", ["svg", "png"])
def test_the_committed_picture_is_not_stale(
    synth: Callable[..., dict[str, Any]], project: Path, stack: str, file_format: str
) -> None:
    file = project / "docs" / "pictures" / f"{stack}.{file_format}"
    digest = architecture(synth(stack), stack).digest()
    assert shown_model(file.read_bytes()).get("model") == digest, STALE.format(file.name)


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_drawn_again_it_has_the_same_bytes(
    synth: Callable[..., dict[str, Any]], project: Path, stack: str
) -> None:
    file = project / "docs" / "pictures" / f"{stack}.svg"
    drawn_with = shown_model(file.read_bytes())["graphviz"]
    if graphviz_version() != drawn_with:
        pytest.skip(
            f"the committed pictures were laid out by Graphviz {drawn_with}, not {graphviz_version()}"
        )
    again = render(architecture(synth(stack), stack), "svg")
    assert again == file.read_bytes(), STALE.format(file.name)


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_files_hold_all_they_need_and_nothing_of_a_machine(project: Path, stack: str) -> None:
    picture = (project / "docs" / "pictures" / f"{stack}.svg").read_text(encoding="utf-8")
    links = set(re.findall(r'href="([^"]{0,22})', picture))
    assert links == {"data:image/png;base64,"}
    assert not re.search(r"/(home|root|tmp|usr|work|opt)/", picture)
    assert (project / "docs" / "pictures" / f"{stack}.png").stat().st_size < 300_000


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_type_of_resource_has_a_rule(
    synth: Callable[..., dict[str, Any]], stack: str, profile: str
) -> None:
    content = synth(stack) if profile == "recommended" else synth(stack, profile=profile)
    unknown = [kind for kind in content["resource"] if without_rule(kind)]
    assert not unknown, f"say in hubctl/diagram/kinds.py how these are shown, or why not: {unknown}"
