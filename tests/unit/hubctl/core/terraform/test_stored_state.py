"""What is read from a pulled state."""

import json

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.stored_state import managed_resources, output_value, read_stored_state

STATE = {
    "version": 4,
    "outputs": {"url": {"value": "https://lab", "type": "string"}},
    "resources": [
        {"mode": "managed", "type": "aws_vpc", "name": "lab", "instances": [{"attributes": {"id": "v"}}]},
        {
            "mode": "managed",
            "type": "aws_subnet",
            "name": "lab",
            "instances": [
                {"index_key": 0, "attributes": {"id": "s0"}},
                {"index_key": "b", "attributes": {"id": "sb"}},
            ],
        },
        {"mode": "data", "type": "aws_ami", "name": "lab", "instances": [{"attributes": {}}]},
        {"module": "module.a", "mode": "managed", "type": "aws_vpc", "name": "x", "instances": [{}]},
    ],
}


def test_managed_resources_of_the_root_module_by_address() -> None:
    found = managed_resources(read_stored_state(json.dumps(STATE)))
    assert {one["address"]: one["values"]["id"] for one in found} == {
        "aws_vpc.lab": "v",
        "aws_subnet.lab[0]": "s0",
        'aws_subnet.lab["b"]': "sb",
    }


def test_outputs() -> None:
    assert output_value(STATE, "url") == "https://lab"
    assert output_value(STATE, "other") is None
    assert output_value({}, "url") is None


def test_no_state_is_an_empty_one() -> None:
    assert managed_resources(read_stored_state("\n")) == []


@pytest.mark.parametrize("text", ["Usage: wrapper", "[1]", '{"version": 9}'])
def test_what_is_no_state_is_refused(text: str) -> None:
    with pytest.raises(HubctlError) as refused:
        read_stored_state(text)
    assert refused.value.remedy
