"""Requests to one service take turns, those that may wait for others do not."""

import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

from hubctl.trial.aws.answers import in_turn
from hubctl.trial.aws.server import LocalAws
from tests.support.waiting import PATIENCE

AT_ONCE = 8


class Application:
    """Notes how many requests it was answering at the same time; each waits until there are ``together``."""

    def __init__(self, together: int = 1) -> None:
        self.now = 0
        self.most = 0
        self._meeting = threading.Barrier(together)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del start_response
        self.now += 1
        self.most = max(self.most, self.now)
        self._meeting.wait(PATIENCE)
        time.sleep(0.01)
        self.now -= 1
        if environ.get("broken"):
            raise ValueError
        return [b"answer"]


def ask_at_once(service: str, together: int = 1) -> int:
    application = Application(together)
    answer = in_turn(service, application)
    threads = [threading.Thread(target=answer, args=({}, None)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return application.most


def test_requests_to_a_service_take_turns() -> None:
    assert ask_at_once("route53") == 1


def test_requests_that_may_wait_for_each_other_do_not() -> None:
    assert ask_at_once("sqs", together=AT_ONCE) > 1


def test_a_request_that_fails_lets_the_next_one_in() -> None:
    answer = in_turn("ec2", Application())
    with pytest.raises(ValueError):  # noqa: PT011 - the application's own
        answer({"broken": True}, None)
    assert answer({}, None) == [b"answer"]


def test_records_that_are_made_side_by_side_are_all_there(aws: LocalAws) -> None:
    route53 = aws.client("route53")
    zone = route53.create_hosted_zone(Name="turns.test", CallerReference="turns")["HostedZone"]["Id"]

    def change(action: str, number: int) -> None:
        record = {
            "Name": f"n{number}.turns.test",
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": "192.0.2.1"}],
        }
        batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    for action, left in (("CREATE", 2 * AT_ONCE), ("DELETE", 0)):
        threads = [threading.Thread(target=change, args=(action, number)) for number in range(2 * AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        assert len([record for record in records if record["Type"] == "A"]) == left
