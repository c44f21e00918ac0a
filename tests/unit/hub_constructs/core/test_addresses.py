from pathlib import Path

import pytest
from cdktf import App, TerraformOutput
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic

from hub_constructs.core.addresses import (
    AddressBook,
    DuplicateAddressError,
    UnnamedAddressError,
    addresses_in,
    at,
)
from hub_constructs.core.stack import HubStack


@pytest.fixture
def stack(tmp_path: Path) -> HubStack:
    return HubStack(App(outdir=str(tmp_path), stack_traces=False), "test")


def test_the_chosen_id_is_the_address(stack: HubStack) -> None:
    at(SnsTopic(stack, "some-construct-id"), "hub-leader")
    assert list(stack.to_terraform()["resource"]["aws_sns_topic"]) == ["hub-leader"]
    stack.check_addresses()


def test_two_resources_at_one_address_are_refused_with_both_named(stack: HubStack) -> None:
    at(SnsTopic(stack, "first"), "same")
    with pytest.raises(DuplicateAddressError, match=r"aws_sns_topic\.same .*test/first and test/second"):
        at(SnsTopic(stack, "second"), "same")


def test_one_id_for_two_types_is_no_collision(stack: HubStack) -> None:
    topic = at(SnsTopic(stack, "topic"), "lab")
    at(TerraformOutput(stack, "output", value=topic.arn), "lab")
    assert stack.address_book.addresses == {"aws_sns_topic.lab", "output.lab"}


def test_an_address_that_came_too_late_is_found(stack: HubStack) -> None:
    topic = SnsTopic(stack, "topic")
    assert topic.arn
    at(topic, "too-late")
    with pytest.raises(UnnamedAddressError, match=r"missing.*aws_sns_topic\.too-late"):
        stack.check_addresses()


def test_an_element_without_an_address_is_found(stack: HubStack) -> None:
    SnsTopic(stack, "forgotten")
    with pytest.raises(UnnamedAddressError, match=r"aws_sns_topic\.forgotten"):
        stack.check_addresses()


def test_a_foreign_stack_has_no_address_book(tmp_path: Path) -> None:
    from cdktf import TerraformStack

    foreign = TerraformStack(App(outdir=str(tmp_path)), "foreign")
    with pytest.raises(TypeError, match="HubStack"):
        at(SnsTopic(foreign, "topic"), "topic")


def test_addresses_of_synthesized_json() -> None:
    assert addresses_in(
        {
            "resource": {"aws_vpc": {"lab": {}}},
            "data": {"aws_ami": {"lab": {}}},
            "variable": {"region": {}},
            "locals": {"settings": {}},
            "output": {"url": {}},
        }
    ) == {"aws_vpc.lab", "data.aws_ami.lab", "var.region", "local.settings", "output.url"}


def test_the_book_accepts_what_it_holds() -> None:
    book = AddressBook()
    book.add("aws_vpc.lab", "stack/vpc")
    book.check(frozenset({"aws_vpc.lab"}))
