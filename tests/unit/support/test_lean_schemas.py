"""The schemas that the tests' Terraform gets: those of the types that the project names, unchanged."""

from pathlib import Path

import pytest

from tests.support.lean_terraform.schemas import trimmed, types_named_in


def field(number: int, content: bytes) -> bytes:
    """Encode a field of bytes, https://protobuf.dev/programming-guides/encoding/."""
    return encoded(number << 3 | 2) + encoded(len(content)) + content


def encoded(number: int) -> bytes:
    more, low = divmod(number, 128)
    return bytes([low | 0x80]) + encoded(more) if more else bytes([low])


def entry(name: str, schema: bytes) -> bytes:
    return field(1, name.encode()) + field(2, schema)


LONG = b"schema" * 1000
PROVIDER, DIAGNOSTICS, FUNCTION = (
    field(1, b"provider"),
    field(4, b"warning"),
    field(7, entry("arn_parse", b"f")),
)
VPC, SUBNET = field(2, entry("aws_vpc", LONG)), field(2, entry("aws_subnet", b"s"))
AMI, ZONE = field(3, entry("aws_ami", b"a")), field(3, entry("aws_route53_zone", LONG))


def test_keeps_named_types_and_all_else_byte_for_byte() -> None:
    whole = PROVIDER + VPC + SUBNET + AMI + ZONE + DIAGNOSTICS + FUNCTION
    assert trimmed(whole, frozenset({"aws_vpc", "aws_ami"})) == PROVIDER + VPC + AMI + DIAGNOSTICS + FUNCTION


def test_other_wire_types_are_refused() -> None:
    with pytest.raises(ValueError, match="field 6 of the schemas has the wire type 0"):
        trimmed(PROVIDER + encoded(6 << 3) + b"\x01", frozenset())


def test_finds_types_in_sources_and_in_modules_of_the_bindings(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "main.tf").write_text('resource "aws_key_pair" "key" {}\ndata.aws_ami.image\n')
    (tmp_path / "vpc.py").write_text(
        "from cdktf_cdktf_provider_aws.vpc import Vpc\n"
        "from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone\n"
    )
    (tmp_path / "picture.png").write_bytes(b"aws_nothing")
    found = types_named_in([tmp_path])
    assert found == {"aws_key_pair", "aws_ami", "aws_vpc", "aws_route53_zone"}
