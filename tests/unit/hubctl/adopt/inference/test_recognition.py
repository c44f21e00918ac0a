"""A state without the balancer that the design needs is refused in one sentence, which names what is there instead."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from hubctl.adopt.inference.recognition import check_stack
from hubctl.adopt.state.state_file import read_state
from hubctl.core.errors import BadInputError
from tests.unit.hubctl.adopt.conftest import Document, add, attributes, remove

Load = Callable[[str], Document]
FRONT = ("aws_lb_listener.secure", "aws_lb_listener.redirect", "aws_lb_target_group.campus")


def refusal(document: Document, **options: Any) -> BadInputError:
    with pytest.raises(BadInputError) as refused:
        check_stack(read_state(json.dumps(document), "state"), "aws-lab", **options)
    return refused.value


@pytest.fixture
def campus(lab_document: Load) -> Document:
    return copy.deepcopy(lab_document("campus"))


@pytest.mark.parametrize(
    ("address", "values", "said"),
    [
        ("aws_elb.front", {}, "a Classic Load Balancer (aws_elb.front)"),
        ("aws_lb.n", {"load_balancer_type": "network"}, "a Network Load Balancer (aws_lb.n)"),
        ("aws_alb.g", {"load_balancer_type": "gateway"}, "a Gateway Load Balancer (aws_alb.g)"),
        ("aws_cloudfront_distribution.cdn", {}, "CloudFront (aws_cloudfront_distribution.cdn)"),
        ("aws_sns_topic.t", {}, "none of these"),
    ],
)
def test_what_is_there_instead_of_the_balancer_is_named(
    campus: Document, address: str, values: dict[str, Any], said: str
) -> None:
    remove(campus, *FRONT, "aws_lb.campus")
    add(campus, address, id="x", **values)
    refused = refusal(campus)
    assert refused.message.endswith(f"the state has {said}")
    assert "an Application Load Balancer with an HTTPS listener" in refused.message
    assert "put an Application Load Balancer" in refused.remedy


def test_a_lab_without_https_is_told_to_add_it(campus: Document) -> None:
    remove(campus, "aws_lb_listener.secure")
    refused = refusal(campus)
    assert "(aws_lb.campus) without an HTTPS listener, only at port 80" in refused.message
    assert "add an HTTPS listener with a certificate" in refused.remedy
    assert attributes(campus, "aws_lb_listener.redirect")["protocol"] == "HTTP"


def test_instances_in_no_group_are_named(campus: Document) -> None:
    remove(campus, "aws_autoscaling_group.jupyter")
    assert "but no auto scaling group" in refusal(campus).message
    remove(campus, *FRONT, "aws_lb.campus")
    add(campus, "aws_instance.hub", id="i-1")
    assert "instances in no auto scaling group (aws_instance.hub)" in refusal(campus).message


def test_a_listener_that_is_imported_beside_the_state_counts(campus: Document) -> None:
    remove(campus, "aws_lb_listener.secure")
    check_stack(read_state(json.dumps(campus), "state"), "aws-lab", ["aws_lb_listener.https"])
