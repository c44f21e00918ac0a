"""What instance types are known to be: their architecture, whether they hibernate, and which are alike."""

import pytest
from moto.ec2.models.instance_types import INSTANCE_TYPES

from stacks.settings.instance_traits import (
    HIBERNATING_FAMILIES,
    HIBERNATING_GIB,
    all_types,
    architecture,
    hibernates,
    like,
)
from stacks.settings.scaling_guards import families, instance_type


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("m6i.xlarge", "x86_64"),
        ("m7i-flex.large", "x86_64"),
        ("g4dn.xlarge", "x86_64"),
        ("g5g.xlarge", "arm64"),
        ("m7g.large", "arm64"),
        ("c6gn.large", "arm64"),
        ("t4g.small", "arm64"),
    ],
)
def test_the_name_tells_the_architecture(name: str, expected: str) -> None:
    assert architecture(name) == expected


def test_types_that_are_alike_have_the_same_memory_architecture_and_accelerators() -> None:
    found = like("m6i.xlarge")
    assert {"m6i.xlarge", "m6a.xlarge", "r6i.large"} <= set(found)
    assert not {"m7g.xlarge", "g5.xlarge", "m6i.2xlarge"} & set(found)
    assert like("u99.unknown") == ["u99.unknown"]


def test_only_families_that_are_listed_hibernate_and_only_up_to_their_memory() -> None:
    assert set(families()) >= HIBERNATING_FAMILIES
    able = {size.name for size in all_types() if hibernates(size)}
    assert {"m6i.xlarge", "t3.medium"} <= able
    assert not {"g5.xlarge", "r6i.xlarge", "c6a.12xlarge"} & able
    large = instance_type("m6i.24xlarge")
    assert large is not None
    assert not hibernates(large)


def test_what_hibernates_is_what_describe_instance_types_says() -> None:
    """moto has an answer of AWS. Where it names types with too much memory, the limit of the page counts."""
    told = {name for name, kind in INSTANCE_TYPES.items() if kind.get("HibernationSupported")}
    known = {size.name: size for size in all_types()}
    differing = {name for name, size in known.items() if hibernates(size) != (name in told)}
    assert {name for name in differing if known[name].memory_gib < HIBERNATING_GIB} == set()
    assert all(not hibernates(known[name]) for name in differing)
