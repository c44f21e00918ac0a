"""The switch "no new starts": what is read, what a failed read leaves, and when it ends."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from hub_common.maintenance import LONGEST, Maintenance, parameter_reader, parse

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def value(sentence: str = "New disks until one.", until: str | None = None) -> str:
    return json.dumps({"sentence": sentence, "since": NOON.isoformat(), "until": until, "by": "ada"})


class Parameter:
    """SSM's parameter: a value, none, or an error."""

    def __init__(self) -> None:
        self.now: str | Exception | None = None
        self.time = NOON

    def read(self) -> str | None:
        if isinstance(self.now, Exception):
            raise self.now
        return self.now


@pytest.fixture
def parameter() -> Parameter:
    return Parameter()


@pytest.fixture
def maintenance(parameter: Parameter) -> Maintenance:
    return Maintenance(parameter.read, now=lambda: parameter.time)


def test_without_the_parameter_everybody_starts(maintenance: Maintenance) -> None:
    assert maintenance.sentence() == ""
    maintenance.round()
    assert maintenance.sentence() == ""


def test_it_is_on_while_the_parameter_is_there(maintenance: Maintenance, parameter: Parameter) -> None:
    parameter.now = value()
    maintenance.round()
    assert maintenance.sentence() == "New disks until one."
    parameter.now = None
    maintenance.round()
    assert maintenance.sentence() == ""


@pytest.mark.parametrize(
    "until", ["2026-01-01T13:00:00+00:00", "2026-01-01T13:00:00Z", "2026-01-01T13:00:00"]
)
def test_it_ends_by_itself(maintenance: Maintenance, parameter: Parameter, until: str) -> None:
    parameter.now = value(until=until)
    maintenance.round()
    parameter.time = NOON + timedelta(minutes=59)
    assert maintenance.sentence()
    parameter.time = NOON + timedelta(minutes=60)
    assert not maintenance.sentence()


@pytest.mark.parametrize("trouble", [OSError("AWS is away"), "no JSON", "[]", '{"until": "soon"}'])
def test_a_failed_read_keeps_what_was_known(
    maintenance: Maintenance, parameter: Parameter, trouble: Exception | str
) -> None:
    parameter.now = trouble
    maintenance.round()
    assert not maintenance.sentence()
    parameter.now = value()
    maintenance.round()
    parameter.now = trouble
    maintenance.round()
    assert maintenance.sentence() == "New disks until one."


def test_a_sentence_is_one_line_of_a_page() -> None:
    assert parse(value("one\n two")).sentence == "one two"
    assert len(parse(value("x" * 5000)).sentence) == LONGEST
    assert parse("{}").sentence


def test_the_parameter_lies_below_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto import mock_aws

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        read = parameter_reader("/chef-hub", "us-east-1")
        assert read() is None
        ssm = boto3.client("ssm", region_name="us-east-1")
        ssm.put_parameter(Name="/chef-hub/hub/maintenance", Type="String", Value=value())
        assert parse(str(read())).sentence == "New disks until one."
        ssm.put_parameter(Name="/chef-hub/hub/spare-windows", Type="String", Value="[]")
        assert parameter_reader("/chef-hub", "us-east-1", "hub/spare-windows")() == "[]"
