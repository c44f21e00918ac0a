"""The provider's schemas are asked for once, and what was written half is asked for again."""

from pathlib import Path
from typing import Any

import pytest

from hubctl.core.files import UnwrittenError
from hubctl.core.terraform.provider_schemas import keep, packed, resource_schemas

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
    keep(packed({"aws_vpc": VPC}, "registry.example/hashicorp/aws"), file)
    file.write_bytes(file.read_bytes()[:40])
    assert dict(resource_schemas(lambda: PRINTED, file)) == {"aws_vpc": VPC}


def test_a_file_that_does_not_say_whose_it_is_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "schemas.zip"
    keep(packed({"aws_vpc": VPC}, ""), file)
    assert resource_schemas(lambda: PRINTED, file).source == "registry.example/hashicorp/aws"


def test_where_nothing_can_be_kept_they_are_asked_for_each_time(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    found = resource_schemas(lambda: PRINTED, tmp_path / "taken" / "schemas.zip")
    assert dict(found) == {"aws_vpc": VPC}
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_what_cannot_be_put_in_its_place_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "schemas.zip"
    file.mkdir()
    with pytest.raises(UnwrittenError, match="schemas"):
        keep(b"", file)
    assert list(tmp_path.iterdir()) == [file]
