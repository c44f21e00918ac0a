"""The journal of a machine reaches its log group: whole, in order, once, and again after whatever went wrong."""

import importlib.util
import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.support.ports import silent_port

FOLDER = Path(__file__).resolve().parents[3] / "images" / "journal"
GROUP, STREAM = "/aws-lab/instances", "lab-i-0123456789abcdef0"
NOW = int((time.time() - 3 * 86_400) * 1e6)  # microseconds; the log group takes nothing that is too old
# What journalctl does with --after-cursor, over a file of entries
FAKE = """\
import pathlib, sys
after = [word.partition("=")[2] for word in sys.argv[2:] if word.startswith("--after-cursor=")]
if after == ["broken"]:
    sys.exit("Failed to seek to cursor: Invalid argument")
seen = not after
for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
    if seen:
        print(line)
    seen = seen or f'"__CURSOR": "{after[0]}"' in line
"""


@pytest.fixture(scope="module")
def ship_journal() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("ship_journal", FOLDER / "ship_journal.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


class Machine:
    """A journal in a file, and the cursor beside it."""

    def __init__(self, folder: Path) -> None:
        self.cursor = folder / "state" / "cursor"
        self.journal = folder / "journal"
        self.journal.touch()
        (folder / "journalctl.py").write_text(FAKE)
        self.command = [sys.executable, str(folder / "journalctl.py"), str(self.journal)]
        self._number = 0

    def says(self, message: Any, *, seconds: float = 0, **fields: Any) -> None:
        self._number += 1
        entry = {"__CURSOR": f"c{self._number}", "__REALTIME_TIMESTAMP": str(NOW + int(seconds * 1e6))}
        with self.journal.open("a") as stream:
            print(
                json.dumps({**entry, "MESSAGE": message, "SYSLOG_IDENTIFIER": "hub", **fields}), file=stream
            )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = botocore.session.get_session().create_client("logs", region_name="us-east-1")
        client.create_log_group(logGroupName=GROUP)
        yield client


@pytest.fixture
def shipper(ship_journal: ModuleType, machine: Machine, client: Any) -> Callable[[], Any]:
    return lambda: ship_journal.Shipper(client, GROUP, STREAM, cursor=machine.cursor, journal=machine.command)


def shipped(client: Any) -> list[str]:
    found = client.get_log_events(logGroupName=GROUP, logStreamName=STREAM, startFromHead=True)
    return [event["message"] for event in found["events"]]


def test_what_is_new_is_sent_once_and_after_a_restart_too(
    shipper: Callable[[], Any], machine: Machine, client: Any
) -> None:
    machine.says("started", _PID="17")
    machine.says("ready", seconds=1, SYSLOG_IDENTIFIER=None, _COMM="proxy")
    first = shipper()
    assert (first.ship(), first.ship()) == (2, 0)
    machine.says("a user", seconds=2)
    assert shipper().ship() == 1
    assert shipped(client) == ["hub[17]: started", "proxy: ready", "hub: a user"]


def test_texts_that_are_no_texts_and_those_without_end_arrive(
    shipper: Callable[[], Any], machine: Machine, client: Any
) -> None:
    machine.says([72, 105, 255])
    machine.says(["two", "texts"], seconds=1)
    machine.says(None, seconds=2)
    machine.says("é" * 300_000, seconds=3)
    assert shipper().ship() == 4
    *short, long = shipped(client)
    assert short == ["hub: Hi\ufffd", "hub: two texts", "hub: "]
    assert 190_000 < len(long.encode()) <= 200_000


def test_calls_stay_within_the_limits_and_in_order_of_time(
    ship_journal: ModuleType, shipper: Callable[[], Any], machine: Machine, client: Any
) -> None:
    calls: list[list[dict[str, Any]]] = []
    client.meta.events.register(
        "provide-client-params.cloudwatch-logs.PutLogEvents",
        lambda params, **_: calls.append(params["logEvents"]),
    )
    for number in range(12):
        machine.says("x" * 150_000, seconds=number)
    machine.says("the clock was set back", seconds=-3600)
    machine.says("a day later", seconds=86_400)
    assert shipper().ship() == 14
    assert len(calls) >= 3
    for events in calls:
        times = [event["timestamp"] for event in events]
        assert times == sorted(times)
        assert times[-1] - times[0] < 86_400_000
        assert sum(len(event["message"].encode()) + 26 for event in events) <= ship_journal.MOST_BYTES


def test_what_aws_refused_is_sent_the_next_time(
    ship_journal: ModuleType, shipper: Callable[[], Any], machine: Machine, client: Any
) -> None:
    client.delete_log_group(logGroupName=GROUP)
    machine.says("kept")
    with pytest.raises(ship_journal.ShippingError, match="log group does not exist"):
        shipper().ship()
    client.create_log_group(logGroupName=GROUP)
    assert shipper().ship() == 1
    assert shipped(client) == ["hub: kept"]


def test_a_cursor_that_the_journal_does_not_know_is_forgotten(
    ship_journal: ModuleType, shipper: Callable[[], Any], machine: Machine
) -> None:
    machine.says("once more")
    machine.cursor.parent.mkdir()
    machine.cursor.write_text("broken")
    with pytest.raises(ship_journal.ShippingError, match="Failed to seek to cursor"):
        shipper().ship()
    assert shipper().ship() == 1


def test_a_machine_that_goes_down_gets_its_last_words_out(ship_journal: ModuleType) -> None:
    stopping, rounds = threading.Event(), []

    def ship() -> int:
        rounds.append(stopping.is_set())
        stopping.set()
        return 0

    ship_journal.run(ship, stopping, every=60)
    assert rounds == [False, True]


def test_pauses_grow_while_aws_refuses(ship_journal: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    class Stopping(threading.Event):
        pauses: list[float] = []  # noqa: RUF012

        def wait(self, timeout: float | None = None) -> bool:
            self.pauses.append(float(timeout or 0))
            if len(self.pauses) == 7:
                self.set()
            return self.is_set()

    def ship() -> int:
        raise ship_journal.ShippingError("no way to the Internet")

    stopping = Stopping()
    ship_journal.run(ship, stopping)
    assert stopping.pauses == [20, 40, 80, 160, 300, 300, 300]
    assert "no way to the Internet; next attempt in 20 s" in caplog.text


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"region": "eu-west-1", "log_group": "/lab/instances"}, ("eu-west-1", "/lab/instances", "lab")),
        ({"region": "eu-west-1", "log_group": None}, ("eu-west-1", "", "lab")),
        (
            {"chef_hub": {"region": "us-east-1", "log_group": "/chef-hub/nodes", "node_kind": "hub_leader"}},
            ("us-east-1", "/chef-hub/nodes", "hub-leader"),
        ),
    ],
)
def test_both_stacks_settings_are_understood(
    ship_journal: ModuleType, tmp_path: Path, settings: dict[str, Any], place: tuple[str, str, str]
) -> None:
    files = (tmp_path / "absent.json", tmp_path / "settings.json")
    assert ship_journal.find_place(files) is None
    files[1].write_text("{")  # just being written
    assert ship_journal.find_place(files) is None
    files[1].write_text(json.dumps(settings))
    assert ship_journal.find_place(files) == ship_journal.Place(*place)


def test_the_settings_that_the_stacks_write_are_the_ones_that_it_reads(
    ship_journal: ModuleType, synth: Callable[..., dict[str, Any]]
) -> None:
    lab, hub = synth("aws-lab")["locals"]["instance_settings"], synth("chef-hub")["locals"]["node_contract"]
    assert {"region", "log_group"} <= set(lab)
    assert {"region", "log_group"} <= set(hub)
    script = json.dumps(synth("aws-lab")["resource"]["aws_launch_template"]["lab"]["user_data"])
    assert f"> {ship_journal.SETTINGS[0]} " in script
    assert re.search(r"/etc/chef-hub/contract\.json", str(ship_journal.SETTINGS[1]))


@pytest.mark.node
def test_every_call_is_allowed_to_every_machine(ship_journal: ModuleType) -> None:
    from stacks import app  # noqa: F401, I001 - silences jsii before cdktf is imported
    from hub_constructs.shared.instance_role import write_logs

    source = (FOLDER / "ship_journal.py").read_text(encoding="utf-8")
    called = {
        "logs:" + "".join(part.title() for part in name.split("_"))
        for name in re.findall(r"self\._client\.(\w+)\(", source)
    }
    assert called == set(write_logs("arn").actions)
    assert ship_journal.connect("us-east-1").meta.service_model.service_name == "logs"


def test_an_unreachable_metadata_service_is_an_error_of_the_round(ship_journal: ModuleType) -> None:
    with silent_port() as port, pytest.raises(ship_journal.ShippingError, match="instance metadata service"):
        ship_journal.instance_id(f"http://127.0.0.1:{port}/latest")


def test_other_errors_of_aws_are_named(
    ship_journal: ModuleType, shipper: Callable[[], Any], machine: Machine, client: Any
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutLogEvents")

    client.meta.events.register("before-call.cloudwatch-logs.PutLogEvents", refuse)
    machine.says("anything")
    with pytest.raises(ship_journal.ShippingError, match="AccessDenied"):
        shipper().ship()
    assert not machine.cursor.exists()
