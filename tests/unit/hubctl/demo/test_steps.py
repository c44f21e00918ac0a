"""Numbered steps with a sign of life."""

from io import StringIO

import pytest

from hubctl.core.console import Writer
from hubctl.demo.deployment import QUIET_AT_MOST, Steps


def test_says_what_goes_on_when_nothing_was_printed_for_a_while() -> None:
    now = [100.0]
    text = StringIO()
    steps = Steps(Writer(file=text), 2, clock=lambda: now[0])
    with steps.step("Deploy", lambda: "3 of 9 created"):
        steps.tick()
        now[0] += QUIET_AT_MOST
        steps.tick()
        steps.tick()
        now[0] += 1

    def failing_step() -> None:
        with steps.step("Plan [again]"):
            now[0] += QUIET_AT_MOST
            steps.tick()
            raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        failing_step()
    assert text.getvalue().splitlines() == [
        "[1/2] Deploy",
        "      3 of 9 created, 4 s",
        "      done, 5 s",
        "[2/2] Plan [again]",
        "      still working, 4 s",
    ]
    assert steps.timings == [("Deploy", 5.0)]
