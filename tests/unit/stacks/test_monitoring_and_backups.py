"""Which stack has monitoring and backups: the profile decides, and a setting for each."""

from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES

Configuration = dict[str, Any]
PARTS = ("aws_sns_topic", "aws_cloudwatch_dashboard", "aws_backup_vault")


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_original_has_none_of_it(synth: Callable[..., Configuration], stack: str) -> None:
    assert not set(PARTS) & set(synth(stack, profile="original")["resource"])


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_each_part_can_be_switched(synth: Callable[..., Configuration], stack: str) -> None:
    without = synth(stack, monitoring=False, backups=False)["resource"]
    assert not set(PARTS) & set(without)
    with_all = synth(stack, profile="original", monitoring=True, backups=True, shared_homes=True)["resource"]
    assert set(PARTS) <= set(with_all)
