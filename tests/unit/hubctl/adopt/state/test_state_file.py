"""What counts as a state, how it is read, and that everything else is refused with a remedy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.state.existing import natural, with_key
from hubctl.adopt.state.state_file import check_not_locked, read_state
from hubctl.core.errors import BadInputError


def state(**changes: Any) -> str:
    document = {
        "version": 4,
        "terraform_version": "1.9.0",
        "serial": 3,
        "lineage": "5c0a",
        "outputs": {},
        "resources": [
            {
                "module": 'module.lab["a"]',
                "mode": "managed",
                "type": "aws_vpc",
                "name": "this",
                "provider": 'module.lab.provider["example.test/hashicorp/aws"].west',
                "instances": [
                    {
                        "index_key": 'x"y',
                        "schema_version": 1,
                        "attributes": {"id": "vpc-1", "secret": "s3cret"},
                        "sensitive_attributes": [[{"type": "get_attr", "value": "secret"}]],
                        "status": "tainted",
                    },
                    {"deposed": "1234abcd", "attributes": {"id": "vpc-0"}},
                ],
            },
            {
                "mode": "data",
                "type": "aws_route53_zone",
                "name": "this",
                "provider": 'provider["example.test/hashicorp/aws"]',
                "instances": [{"attributes": {"name": "example.org"}}],
            },
        ],
    }
    return json.dumps({**document, **changes})


def test_modules_keys_aliases_and_marks_are_understood() -> None:
    found = read_state(state(), "a file")
    (vpc,) = found.resources
    assert vpc.address == 'module.lab["a"].aws_vpc.this["x\\"y"]'
    assert vpc.resource == 'module.lab["a"].aws_vpc.this'
    assert (vpc.key, vpc.provider, vpc.tainted) == ('x"y', "hashicorp/aws.west", True)
    assert vpc.sensitive == {"secret"}
    assert "s3cret" not in repr(found)
    assert [lookup.type for lookup in found.lookups] == ["aws_route53_zone"]
    assert (found.lineage, found.serial) == ("5c0a", 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("  \n", "is empty"),
        ("{", "not JSON"),
        ("[]", "not a state"),
        ('"text"', "not a state"),
        ("{}", "it names no version"),
        (state(version=5), "format version 5"),
        (state(version=3), "format version 3"),
        (state(version=True), "it names no version"),
        (state(resources=[]), "holds no resources"),
        (state(resources={}), "damaged"),
        (state(resources=[{"mode": "managed"}]), "damaged"),
        (state(resources=[{"mode": "managed", "type": "a", "name": "b", "instances": [{}]}]), "damaged"),
        (state(serial="many"), "damaged"),
        (
            state(
                resources=[
                    {
                        "mode": "managed",
                        "type": "a",
                        "name": "b",
                        "instances": [{"attributes_flat": {"id": "x"}}],
                    }
                ]
            ),
            "a.b in the form of Terraform 0.11",
        ),
        ('{"encrypted_data": "abc", "serial": 1}', "encrypted"),
        ('{"format_version": "1.2", "planned_values": {}}', "a plan, not a state"),
        ('{"format_version": "2.0", "values": {}}', "format version 2.0"),
        ('{"format_version": "1.0"}', "holds no resources"),
        ('{"format_version": "1.0", "values": {"root_module": {"resources": [{}]}}}', "damaged"),
    ],
)
def test_everything_else_is_refused_and_named(text: str, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_state(text, "old.tfstate")
    assert "old.tfstate" in refused.value.message
    assert said in refused.value.message
    assert refused.value.remedy


def test_a_state_of_look_ups_alone_is_empty() -> None:
    document = json.loads(state())
    with pytest.raises(BadInputError, match="holds no resources"):
        read_state(json.dumps({**document, "resources": document["resources"][1:]}), "x")


def test_what_show_prints_is_the_same_state(lab_document: Callable[[str], dict[str, Any]]) -> None:
    """A state file, printed as `terraform show -json` would, reads as the file itself does."""
    document = lab_document("workshop")
    modules: dict[str, list[dict[str, Any]]] = {}
    for entry in document["resources"]:
        for instance in entry["instances"]:
            shown = {
                "mode": entry["mode"],
                "type": entry["type"],
                "name": entry["name"],
                "provider_name": "example.test/hashicorp/aws",
                "schema_version": instance["schema_version"],
                "values": instance["attributes"],
                "sensitive_values": {"user_data": True, "tags": {}},
            }
            if "index_key" in instance:
                shown["index"] = instance["index_key"]
            modules.setdefault(entry.get("module", ""), []).append(shown)
    children = [{"address": name, "resources": found} for name, found in modules.items()]
    shown_state = {"format_version": "1.0", "values": {"root_module": {"child_modules": children}}}
    from_shown = read_state(json.dumps(shown_state), "show")
    from_file = read_state(json.dumps(document), "file")
    assert {r.address: r.values for r in from_shown.resources} == {
        r.address: r.values for r in from_file.resources
    }
    assert all(resource.sensitive == {"user_data"} for resource in from_shown.resources)


def test_a_locked_state_is_refused_with_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "terraform.tfstate"
    check_not_locked(path)
    lock = {"ID": "1b2c", "Operation": "OperationTypeApply", "Who": "ada@desk", "Created": "2026-01-01"}
    (tmp_path / ".terraform.tfstate.lock.info").write_text(json.dumps(lock))
    with pytest.raises(BadInputError, match="locked by ada@desk") as refused:
        check_not_locked(path)
    assert "force-unlock 1b2c" in refused.value.remedy
    (tmp_path / ".terraform.tfstate.lock.info").write_text("")
    with pytest.raises(BadInputError, match="locked by somebody"):
        check_not_locked(path)


def test_keys_are_written_as_terraform_writes_them() -> None:
    assert with_key("a.b", None) == "a.b"
    assert with_key("a.b", 3) == "a.b[3]"
    assert with_key("a.b", 'x"${y}\\') == 'a.b["x\\"$${y}\\\\"]'


def test_two_comes_before_ten() -> None:
    assert sorted(["a[10]", "a[2]", "a[1]", "a"], key=natural) == ["a", "a[1]", "a[2]", "a[10]"]


def test_an_address_stands_for_an_instance_a_resource_or_a_module() -> None:
    def entry(module: str, name: str, *keys: object) -> dict[str, object]:
        instances = [
            {"index_key": key, "attributes": {}} if key is not None else {"attributes": {}} for key in keys
        ]
        return {"module": module, "mode": "managed", "type": "aws_eip", "name": name, "instances": instances}

    document = {
        "version": 4,
        "resources": [
            entry('module.lab["a"]', "x", 0, 1),
            entry('module.lab["b"].module.net', "x", None),
            entry("module.laboratory", "x", None),
        ],
    }
    state = read_state(json.dumps(document), "state")

    def within(address: str) -> int:
        return len(state.within(address))

    assert (within('module.lab["a"].aws_eip.x[1]'), within('module.lab["a"].aws_eip.x')) == (1, 2)
    assert (within("module.lab"), within('module.lab["b"]'), within("module.none"), within("aws_eip")) == (
        3,
        1,
        0,
        0,
    )
