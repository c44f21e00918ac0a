from typing import Any

import pytest

from hubctl.configuration.expressions import Expressions

CONFIGURATION: dict[str, Any] = {
    "variable": {"name": {"default": "lab"}, "up": {"default": 8}, "open": {}},
    "locals": {"label": "${var.name}-x"},
    "resource": {
        "aws_autoscaling_group": {"chef-workers": {"name": "${var.name}"}},
        "aws_thing": {"a": {"of": "${aws_thing.b.of}"}, "b": {"of": "${aws_thing.a.of}"}},
    },
}


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("${var.up}", 8),
        ("${tostring(var.up)}", "8"),
        ("${var.name}-scale-up", "lab-scale-up"),
        ("${var.name}/${var.up}", "lab/8"),
        ("${local.label}", "lab-x"),
        ("${aws_autoscaling_group.chef-workers.name}", "lab"),
        ("${aws_autoscaling_group.chef-workers.arn}", "aws_autoscaling_group.chef-workers.arn"),
        ("${var.unknown}", "var.unknown"),
        ("${var.open}", None),
        ("plain", "plain"),
        (["${var.up}", {"a": "${var.name}"}], [8, {"a": "lab"}]),
        (3, 3),
        (True, True),
        ('${length(var.x) < 1 ? "a" : "b"}', 'length(var.x) < 1 ? "a" : "b"'),
    ],
)
def test_values(raw: Any, value: Any) -> None:
    assert Expressions(CONFIGURATION, {}).value(raw) == value


def test_given_values_win_over_defaults() -> None:
    assert Expressions(CONFIGURATION, {"up": 5}).value("${tostring(var.up)}") == "5"


def test_references_in_a_circle_end() -> None:
    assert "aws_thing" in str(Expressions(CONFIGURATION, {}).value("${aws_thing.a.of}"))
