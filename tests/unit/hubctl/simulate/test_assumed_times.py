"""Each assumption says where it comes from, and what AWS documents is AWS's number."""

import re
from dataclasses import fields

import pytest

from hubctl.simulate.assumed_times import SOURCES
from hubctl.simulate.model import DEFAULTS, SimulationAssumptions


def test_every_assumption_has_a_source_and_no_other() -> None:
    assert set(SOURCES) == {field.name for field in fields(SimulationAssumptions)}


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_is_a_page_of_aws_with_a_day_or_a_reason(name: str) -> None:
    source = SOURCES[name]
    assert source.said
    assert (source.address is None) == (source.read is None)
    assert source.address or not source.documented
    if source.address:
        assert re.fullmatch(r"https://docs\.aws\.amazon\.com/\S+\.html", source.address)
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", source.read or "")


@pytest.mark.parametrize(("name", "seconds"), [("spot_notice", 120), ("schedule_delay", 120)])
def test_what_aws_documents_is_its_number(name: str, seconds: float) -> None:
    assert SOURCES[name].documented
    assert {getattr(assumed, name) for assumed in DEFAULTS.values()} == {seconds}
