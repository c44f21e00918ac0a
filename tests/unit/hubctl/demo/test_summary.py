"""The summary of a deployed stack."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from hubctl.core.console import Writer
from hubctl.core.terraform.driver import Output
from hubctl.demo.summary import KIND_NAMES, KindSummary, kind_of, output_lines, summarize, summary_table
from stacks.registry import STACK_NAMES


def resource(kind: str, label: str, /, mode: str = "managed", **values: object) -> dict[str, object]:
    return {"mode": mode, "type": kind, "name": label, "values": values}


STATE = {
    "values": {
        "root_module": {
            "resources": [
                resource("aws_vpc", "main", tags={"Name": "hub"}, cidr_block="10.0.0.0/16"),
                resource("aws_subnet", "a", tags=None, cidr_block="10.0.1.0/24"),
                resource("aws_ami", "lab", mode="data", name="image"),
                resource("aws_flux_capacitor", "it"),
            ],
            "child_modules": [{"resources": [resource("aws_subnet", "b", cidr_block="10.0.2.0/24")]}],
        }
    }
}


def test_counts_managed_resources_by_kind_with_names_people_know() -> None:
    assert summarize(STATE) == [
        KindSummary(kind="flux capacitor", count=1, examples=("it",)),
        KindSummary(kind="subnet", count=2, examples=("10.0.1.0/24", "10.0.2.0/24")),
        KindSummary(kind="VPC", count=1, examples=("hub",)),
    ]


def test_names_that_are_secret_are_not_shown() -> None:
    secret = resource("aws_ssm_parameter", "token", name="do-not-tell")
    secret["sensitive_values"] = {"name": True}
    (kind,) = summarize({"values": {"root_module": {"resources": [secret]}}})
    assert kind.examples == ("token",)


def test_only_some_examples_are_shown() -> None:
    state = {"values": {"root_module": {"resources": [resource("aws_subnet", f"s{i}") for i in range(9)]}}}
    (kind,) = summarize(state)
    assert kind.count == 9
    assert kind.examples == ("s0", "s1", "s2")


def test_an_empty_state_has_no_kinds() -> None:
    assert summarize({"format_version": "1.0"}) == []


def test_the_table_names_the_stack_and_its_total() -> None:
    text = StringIO()
    summary_table("aws-lab", summarize(STATE)).show(Writer(file=text, width=80))
    assert "aws-lab: 4 resources" in text.getvalue()
    assert "10.0.1.0/24, 10.0.2.0/24" in text.getvalue()


def test_sensitive_outputs_are_hidden() -> None:
    lines = output_lines(
        {
            "url": Output(value="https://x", sensitive=False),
            "password": Output(value="hunter2", sensitive=True),
        }
    )
    assert lines == ["password = (sensitive, not shown)", "url      = https://x"]


def test_an_unknown_kind_keeps_its_own_words() -> None:
    assert kind_of("aws_lb") == "load balancer"
    assert kind_of("aws_some_new_thing") == "some new thing"


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_kind_of_the_stacks_has_words_of_its_own(
    synth: Callable[..., dict[str, Any]], stack: str, profile: str
) -> None:
    types = set(synth(stack, profile=profile, access_logs=True)["resource"])
    assert types - set(KIND_NAMES) == set()
