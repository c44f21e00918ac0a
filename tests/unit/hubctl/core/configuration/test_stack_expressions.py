from typing import Any

import pytest

from hubctl.core.configuration.stack import Expressions

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
        ("${max(var.up, local.timetable_under_way)}", 8),
        ("plain", "plain"),
        (["${var.up}", {"a": "${var.name}"}], [8, {"a": "lab"}]),
        (3, 3),
        (True, True),
        ('${length(var.x) < 1 ? "a" : "b"}', 'length(var.x) < 1 ? "a" : "b"'),
    ],
)
def test_values(raw: Any, value: Any) -> None:
    assert Expressions(CONFIGURATION, {}).value(raw) == value


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (8, "8"),
        (8.0, "8"),
        (0.1234567, "0.1234567"),
        (1234567.0, "1234567"),
        (1e-7, "0.0000001"),
        (1e21, "1000000000000000000000"),
        (True, "true"),
    ],
)
def test_numbers_in_texts_are_written_as_terraform_does(number: float, text: str) -> None:
    assert Expressions(CONFIGURATION, {"up": number}).value("at ${var.up}") == f"at {text}"
    assert Expressions(CONFIGURATION, {"up": number}).value("${tostring(var.up)}") == text


def test_what_has_no_value_stays_a_reference_in_a_text() -> None:
    assert Expressions(CONFIGURATION, {}).value("/x/${var.open}") == "/x/${var.open}"


def test_given_values_win_over_defaults() -> None:
    assert Expressions(CONFIGURATION, {"up": 5}).value("${tostring(var.up)}") == "5"


def test_references_in_a_circle_end() -> None:
    assert "aws_thing" in str(Expressions(CONFIGURATION, {}).value("${aws_thing.a.of}"))
