"""Made-up input is the same at every run, whatever else is imported."""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.repeatable import repeatable


def made_up() -> list[int]:
    tried: list[int] = []

    @repeatable(max_examples=200)
    @given(st.integers(min_value=0, max_value=10**15))
    def read(number: int) -> None:
        tried.append(number)

    read()
    return tried


def test_modules_that_are_imported_meanwhile_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = made_up()
    assert len(before) == 200
    for number in range(20):
        module = ModuleType(f"imported_meanwhile_{number}")
        module.__file__ = str(tmp_path / f"{number}.py")
        Path(module.__file__).write_text(f"NUMBER = {987_654_321_000 + number}\n", encoding="utf-8")
        monkeypatch.setitem(sys.modules, module.__name__, module)
    assert made_up() == before
