import math

import pytest

from hubctl.core.configuration.given_variables import (
    given_values,
    read_numbers,
    read_pairs,
    split_pairs,
)
from hubctl.core.errors import BadInputError

DECLARED = {
    "name": {"type": "string", "default": "x"},
    "size": {"type": "number", "default": 8, "nullable": False},
    "zones": {"type": "list(string)", "default": []},
}


def test_pairs_are_texts() -> None:
    assert read_pairs([" a = 1 ", "b=x=y", "c="], "--var") == {"a": "1", "b": "x=y", "c": ""}
    with pytest.raises(BadInputError, match="'a', '=1' is not NAME=VALUE"):
        read_pairs(["a", "=1", "b=2"], "--var")


@pytest.mark.terraform
def test_case_07_terraform_reads_what_is_told_and_what_equals_a_default_is_told_too() -> None:
    told = {"size": "8.0", "zones": '["a","b",]', "name": "8"}
    assert given_values(DECLARED, told) == {"size": 8, "zones": ["a", "b"], "name": "8"}
    assert isinstance(given_values(DECLARED, told)["size"], int)
    assert given_values(DECLARED, {}) == {}
    with pytest.raises(BadInputError, match="size = 'many'"):
        given_values(DECLARED, {"size": "many"})
    with pytest.raises(BadInputError, match="no variable color"):
        given_values(DECLARED, {"color": "red"})


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("size=3", ["size=3"]),
        ("size=3,name=a,b", ["size=3", "name=a,b"]),
        ('zones=["a","b"],size=3', ['zones=["a","b"]', "size=3"]),
        ("size=3, name=x", ["size=3", " name=x"]),
        ("size", ["size"]),
    ],
)
def test_a_comparison_is_split_before_names_only(text: str, parts: list[str]) -> None:
    assert split_pairs(text) == parts


def test_numbers_are_numbers() -> None:
    assert read_numbers(["a=1", "b=0.5", "c=1e3"], "--assume") == {"a": 1.0, "b": 0.5, "c": 1000.0}
    for wrong in ("a=x", "a=true", "a=NaN", "a=", "a=" + "[" * 100_000):
        with pytest.raises(BadInputError, match="is not a number"):
            read_numbers([wrong], "--assume")
    assert not any(math.isnan(value) for value in read_numbers(["a=0"], "--assume").values())
