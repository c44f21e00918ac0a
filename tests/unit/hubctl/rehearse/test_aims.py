"""Aims of a rehearsal: what they bound, what is refused, and all mistakes at once."""

import pytest

from hubctl.core.errors import BadInputError
from hubctl.rehearse.aims import read_aims
from hubctl.rehearse.person import Visit
from hubctl.rehearse.play import Rehearsal


def rehearsal(*waits: float | None, broke: str = "") -> Rehearsal:
    return Rehearsal(
        visits=[
            Visit(user=f"user-{number}", came=0, start=wait, broke=broke) for number, wait in enumerate(waits)
        ]
    )


def test_waits_counts_units_and_several_at_once_are_read() -> None:
    aims = read_aims(["p95<=10s, refused<=0", "max < 1.5 min", "p50<=4s", "lost=0"])
    assert [(aim.measure, aim.bound, aim.strict) for aim in aims] == [
        ("p95", 10, False),
        ("refused", 0, False),
        ("max", 90, True),
        ("p50", 4, False),
        ("lost", 0, False),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fast", "is not an aim"),
        ("p99<=10s", "is about p99, which is not measured"),
        ("p95<=10", "needs a unit"),
        ("p95<=10h", "needs a unit"),
        ("p95>=10s", "is not an aim"),
        ("refused<=0s", "has no unit"),
        ("refused<=0.5", "whole users"),
        ("refused<0", "cannot be reached"),
        ("max<0s", "cannot be reached"),
        ("p95=10s", "write <="),
        ("refused=2", "write <="),
        ("", "is not an aim"),
    ],
)
def test_what_is_not_an_aim_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        read_aims([text])


def test_all_mistakes_are_said_at_once() -> None:
    with pytest.raises(BadInputError) as refused:
        read_aims(["fast,p95<=10s", "p95<=10"])
    assert "'fast'" in refused.value.message
    assert "'p95<=10'" in refused.value.message


def test_an_aim_is_met_at_its_bound_unless_it_is_strict() -> None:
    seen = rehearsal(*[5.0] * 19, 10.0)
    met = {aim.text: aim.met(seen) for aim in read_aims(["max<=10s", "max<10s", "p95<=6s", "refused<=0"])}
    assert met == {"max<=10s": True, "max<10s": False, "p95<=6s": True, "refused<=0": True}


def test_whoever_was_refused_waits_for_ever() -> None:
    seen = rehearsal(*[1.0] * 19, None)
    met = {aim.text: aim.met(seen) for aim in read_aims(["p95<=10s", "max<=10s", "refused<=1", "refused<=0"])}
    assert met == {"p95<=10s": True, "max<=10s": False, "refused<=1": True, "refused<=0": False}


def test_without_anyone_served_no_wait_is_short_enough() -> None:
    assert [aim.met(rehearsal(None)) for aim in read_aims(["p50<=9999min"])] == [False]


def test_servers_that_were_lost_count() -> None:
    assert [aim.met(rehearsal(1.0, broke="gone")) for aim in read_aims(["lost<=0", "lost<=1"])] == [
        False,
        True,
    ]
