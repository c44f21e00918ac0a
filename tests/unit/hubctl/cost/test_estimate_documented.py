"""The figures and tables of the documentation are the tool's."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.configuration.stack import Stack
from hubctl.cost.estimate import estimate
from hubctl.cost.items import SIZES, CostAssumptions
from stacks.registry import STACK_NAMES

TOLERANCE = 0.03  # an alarm more or less need not change the README


def test_the_readme_says_what_the_tool_says(synth: Callable[..., Any], project: Path) -> None:
    text = (project / "README.md").read_text(encoding="utf-8").replace("\n", " ")
    (line,) = re.findall(r"\*\*What it costs\*\*.*?follow the users\.", text)
    figures = [float(number) for number in re.findall(r"(?<![\w-])(\d{3,4})(?!\w)", line)]
    expected = []
    for stack in STACK_NAMES:
        total = estimate(Stack(stack, synth(stack), {}), CostAssumptions()).total
        expected += [getattr(total, size) for size in SIZES]
    assert figures == pytest.approx(expected, rel=TOLERANCE), [round(number) for number in expected]


def test_the_reference_lists_every_assumption(project: Path) -> None:
    page = (project / "docs/reference/cost.md").read_text(encoding="utf-8")
    for name, (value, about) in CostAssumptions().described().items():
        assert f"| `{name}` | {value:g} | {about} |" in page
