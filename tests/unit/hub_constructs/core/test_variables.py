"""Variables of a stack, and the references to them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cdktf import App, IResolvable, TerraformOutput

from hub_constructs.core.addresses import at
from hub_constructs.core.stack import HubStack
from hub_constructs.core.variable_specs import VariableSpec
from hub_constructs.core.variables import Variables

SPECS = [
    VariableSpec(name="region", type="string", description="where"),
    VariableSpec(name="max_size", type="number", description="how many", default=4),
    VariableSpec(name="public", type="bool", description="whether", default=False),
    VariableSpec(name="zones", type="list(string)", description="which", default=[]),
]


class Annotated(Variables):
    region: str
    max_size: float
    public: IResolvable
    zones: list[str]


class Misspelt(Variables):
    regoin: str


class WrongType(Variables):
    max_size: str


@pytest.fixture
def stack(tmp_path: Path) -> HubStack:
    return HubStack(App(outdir=str(tmp_path), stack_traces=False), "test")


@pytest.fixture
def outputs(stack: HubStack) -> Callable[..., dict[str, Any]]:
    def values(**references: Any) -> dict[str, Any]:
        for name, value in references.items():
            at(TerraformOutput(stack, f"output-{name}", value=value), name)
        return {name: output["value"] for name, output in stack.to_terraform()["output"].items()}

    return values


def test_each_annotation_is_a_reference(stack: HubStack, outputs: Callable[..., dict[str, Any]]) -> None:
    found = Annotated(stack, SPECS)
    values = outputs(region=found.region, max_size=found.max_size, public=found.public, zones=found.zones)
    assert values == {name: f"${{var.{name}}}" for name in ("region", "max_size", "public", "zones")}


def test_references_by_name_are_the_same(stack: HubStack, outputs: Callable[..., dict[str, Any]]) -> None:
    found = Variables(stack, SPECS)
    references = found.references(spec.name for spec in SPECS)
    assert outputs(**references) == {spec.name: f"${{var.{spec.name}}}" for spec in SPECS}
    assert "zones" in found
    assert "zone" not in found


@pytest.mark.parametrize(
    ("kind", "message"),
    [(Misspelt, "Misspelt.regoin: the stack has no such"), (WrongType, "WrongType.max_size: .* a number")],
)
def test_an_annotation_that_is_not_as_its_variable_is_refused(
    stack: HubStack, kind: type[Variables], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        kind(stack, SPECS)
