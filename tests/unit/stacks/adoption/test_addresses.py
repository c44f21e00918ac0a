"""Addresses are read as Terraform writes them, whatever stands in a key."""

import pytest

from stacks.adoption.addresses import Step, parse_address, stands_for, without_key, without_keys
from stacks.adoption.file import AdoptionFile

ODD = ["a/b]", "[", "]]", "a.b", 'say "hi"', "back\\slash", "", "é $${x}", "module.x"]


def quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'["{escaped}"]'


@pytest.mark.parametrize("key", ODD)
def test_any_text_may_be_a_key(key: str) -> None:
    text = f"module.lab{quoted(key)}.module.net.aws_subnet.public-a{quoted(key)}"
    found = parse_address(text)
    assert found.modules == (Step(name="lab", key=quoted(key)), Step(name="net"))
    assert (found.type, found.name, found.key) == ("aws_subnet", "public-a", quoted(key))
    assert found.resource == text.removesuffix(quoted(key))
    assert without_key(text) == found.resource
    assert without_keys(text) == "module.lab.module.net.aws_subnet.public-a"
    file = {"version": 1, "stack": "aws-lab", "moves": [{"from": text, "to": "aws_subnet.public_1"}]}
    assert AdoptionFile.model_validate(file).moves[0].from_ == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aws_vpc",
        "aws_vpc.a.b",
        "module.a",
        "aws_vpc.a[",
        "aws_vpc.a[]",
        "aws_vpc.a[01]",
        "aws_vpc.a[x]",
        'aws_vpc.a["b]',
        'aws_vpc["b"].a',
        "aws_vpc.a[0][1]",
        "aws_vpc..a",
        "Aws_vpc.a",
        "data.aws_vpc.a",
        "aws_vpc.a ",
    ],
)
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="address"):
        parse_address(text)
    assert without_key(text) == text


@pytest.mark.parametrize("address", ["aws_s3_bucket.b", "aws_s3_bucket.b[0]"])
def test_ours_may_have_an_index(address: str) -> None:
    file = {"version": 1, "stack": "chef-hub", "keep": {address: {"bucket": "cookbooks"}}}
    kept = AdoptionFile.model_validate(file)
    assert kept.kept("aws_s3_bucket.b", "bucket") == "cookbooks"


@pytest.mark.parametrize("address", ['aws_s3_bucket.b["a"]', "module.a.aws_s3_bucket.b"])
def test_ours_have_neither_module_nor_other_keys(address: str) -> None:
    with pytest.raises(ValueError, match="root module"):
        AdoptionFile.model_validate({"version": 1, "stack": "chef-hub", "leave_out": [address]})


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("module.lab", True),
        ('module.lab["a.b"]', True),
        ('module.lab["c"]', False),
        ("module.lab.module.net", True),
        ('module.lab["a.b"].module.net', True),
        ("module.net", False),
        ("module.la", False),
        ("module.lab.module.net.aws_subnet.s", True),
        ("module.lab.module.net.aws_subnet.s[1]", True),
        ("module.lab.module.net.aws_subnet.s[10]", False),
        ("aws_subnet.s", False),
        ("module", False),
        ("", False),
    ],
)
def test_a_module_or_a_resource_stands_for_all_of_its_instances(typed: str, meant: bool) -> None:
    assert stands_for(typed, 'module.lab["a.b"].module.net.aws_subnet.s[1]') is meant


def test_a_name_that_begins_alike_is_another_one() -> None:
    assert stands_for("aws_vpc.lab", "aws_vpc.lab")
    assert not stands_for("aws_vpc.lab", "aws_vpc.lab_2")
