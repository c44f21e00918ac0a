"""An answer that was lost is given again; requests to one service take turns, those that may wait for others do not."""

import http.client
import threading
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import pytest

from hubctl.trial.aws.answers import REMEMBERED, AnsweredOnce, in_turn
from hubctl.trial.aws.server import LocalAws
from tests.support.waiting import PATIENCE


class Counter:
    """An application that answers with how often it was asked; the first answers have the given statuses."""

    def __init__(self, *statuses: str, wait: threading.Event | None = None) -> None:
        self._statuses = list(statuses)
        self._wait = wait
        self.asked = 0
        self.entered = threading.Event()

    def __call__(self, _environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        self.entered.set()
        if self._wait:
            assert self._wait.wait(PATIENCE)
        start_response(self._statuses.pop(0) if self._statuses else "200 OK", [])
        return [str(self.asked).encode()]


class Input:
    """The body of a request."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, length: int) -> bytes:
        self.read_bytes += length
        return b"x" * length


def ask(application: AnsweredOnce, invocation: str = "", sent: Input | None = None) -> tuple[str, bytes]:
    environ = {"CONTENT_LENGTH": "5", "wsgi.input": sent or Input()}
    if invocation:
        environ["HTTP_AMZ_SDK_INVOCATION_ID"] = invocation
    statuses: list[str] = []
    body = b"".join(application(environ, lambda status, _headers: statuses.append(status)))
    return statuses[-1], body


def test_a_call_that_is_sent_again_gets_the_answer_of_before() -> None:
    application = AnsweredOnce(Counter())
    sent = Input()
    assert [ask(application, "a"), ask(application, "a", sent), ask(application, "b")] == [
        ("200 OK", b"1"),
        ("200 OK", b"1"),
        ("200 OK", b"2"),
    ]
    assert sent.read_bytes == 5


def test_requests_of_no_sdk_are_all_carried_out() -> None:
    application = AnsweredOnce(Counter())
    assert [ask(application)[1], ask(application)[1]] == [b"1", b"2"]


@pytest.mark.parametrize("error", ["400 BAD REQUEST", "503 SERVICE UNAVAILABLE"])
def test_a_call_that_failed_is_carried_out_again(error: str) -> None:
    application = AnsweredOnce(Counter(error))
    assert [ask(application, "a"), ask(application, "a"), ask(application, "a")] == [
        (error, b"1"),
        ("200 OK", b"2"),
        ("200 OK", b"2"),
    ]


def test_a_call_that_is_sent_again_while_it_is_carried_out_waits_for_the_answer() -> None:
    go_on = threading.Event()
    counter = Counter(wait=go_on)
    application = AnsweredOnce(counter)
    answers: list[tuple[str, bytes]] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(application, "a"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert counter.entered.wait(PATIENCE)
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert answers == [("200 OK", b"1")] * 2


def test_only_the_latest_answers_are_kept() -> None:
    application = AnsweredOnce(Counter())
    for number in range(REMEMBERED + 1):
        ask(application, f"call {number}")
    assert ask(application, f"call {REMEMBERED}")[1] == str(REMEMBERED + 1).encode()
    assert ask(application, "call 0")[1] == str(REMEMBERED + 2).encode()


def test_an_instance_profile_is_made_once(aws: LocalAws) -> None:
    def create(invocation: str) -> tuple[int, str]:
        host = aws.endpoint_url.removeprefix("http://")
        connection = http.client.HTTPConnection(host, timeout=PATIENCE)
        body = urlencode(
            {"Action": "CreateInstanceProfile", "InstanceProfileName": "lost", "Version": "2010-05-08"}
        )
        headers = {
            "Authorization": "AWS4-HMAC-SHA256 Credential=local-aws/20260101/us-east-1/iam/aws4_request",
            "Content-Type": "application/x-www-form-urlencoded",
            "amz-sdk-invocation-id": invocation,
        }
        connection.request("POST", "/", body, headers)
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer

    first = create("one")
    assert first[0] == 200
    assert create("one") == first
    status, text = create("two")
    assert (status, "EntityAlreadyExists" in text) == (409, True)


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
