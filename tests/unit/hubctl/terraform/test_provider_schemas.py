"""The provider's schemas are asked for once, and what was written half is asked for again."""

from pathlib import Path
from typing import Any

import pytest

from hubctl.terraform.provider_schemas import keep, resource_schemas

VPC = {"version": 1, "block": {"attributes": {"cidr_block": {"type": "string"}}}}
PRINTED = {"provider_schemas": {"registry.example/hashicorp/aws": {"resource_schemas": {"aws_vpc": VPC}}}}


def unasked() -> dict[str, Any]:
    raise AssertionError("asked again")


def test_they_are_asked_for_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "schemas.zip"
    assert resource_schemas(lambda: PRINTED, file)["aws_vpc"] == VPC
    kept = resource_schemas(unasked, file)
    assert dict(kept) == {"aws_vpc": VPC}
    assert kept.source == "registry.example/hashicorp/aws"
    assert "aws_subnet" not in kept
    with pytest.raises(KeyError):
        kept["aws_subnet"]


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "schemas.zip"
    keep({"aws_vpc": VPC}, file, "registry.example/hashicorp/aws")
    file.write_bytes(file.read_bytes()[:40])
    assert dict(resource_schemas(lambda: PRINTED, file)) == {"aws_vpc": VPC}


def test_a_file_that_does_not_say_whose_it_is_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "schemas.zip"
    keep({"aws_vpc": VPC}, file, "")
    assert resource_schemas(lambda: PRINTED, file).source == "registry.example/hashicorp/aws"


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "schemas.zip"
    with pytest.raises(TypeError):
        keep({"aws_vpc": object()}, file, "registry.example/hashicorp/aws")
    assert list(tmp_path.iterdir()) == []
