"""What went wrong inside the local AWS is found in its log."""

import logging
import shutil

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.aws.troubles import TRACEBACK_LINES, troubles

LOG = """\
2026-01-01 10:00:00,000 werkzeug 127.0.0.1 - - [01/Jan/2026 10:00:00] "POST / HTTP/1.1" 200 -
2026-01-01 10:00:01,000 werkzeug 127.0.0.1 - - [01/Jan/2026 10:00:01] "POST / HTTP/1.1" 500 -
2026-01-01 10:00:01,001 werkzeug Error on request:
Traceback (most recent call last):
  one
  two
  three
  four
  five
KeyError: 'six'
2026-01-01 10:00:02,000 hubctl.trial.aws answered again attempt=2; max=25: 200 OK
2026-01-01 10:00:03,000 root connection dropped /: broken pipe
2026-01-01 10:00:04,000 werkzeug 127.0.0.1 - - [01/Jan/2026 10:00:04] "POST / HTTP/1.1" 404 -
"""


def test_failures_and_what_was_lost_are_found() -> None:
    lines = LOG.splitlines()
    assert troubles(lines) == [lines[1], *lines[10 - TRACEBACK_LINES : 10], lines[10], lines[11]]
    assert troubles(lines[:9]) == [lines[1], *lines[9 - TRACEBACK_LINES : 9]]
    assert troubles(lines[:1]) == []


def test_a_failure_is_told_when_the_local_aws_stops(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "hubctl.trial.aws"), LocalAws() as aws:
        log = aws.log_path
        aws.client("ec2").describe_vpcs()
        with log.open("a", encoding="utf-8") as file:
            file.write(LOG)
    assert "KeyError: 'six'" in caplog.messages


def test_the_local_aws_stops_where_its_folder_was_cleared() -> None:
    with LocalAws() as aws:
        shutil.rmtree(aws.log_path.parent)
    with pytest.raises(HubctlError, match="not running"):
        _ = aws.endpoint_url
