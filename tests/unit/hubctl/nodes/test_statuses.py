"""`hubctl nodes`: statuses in SSM become a table, JSON and an exit code."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from hubctl.core.errors import BadInputError
from hubctl.nodes.cli import command
from hubctl.nodes.statuses import age, read_statuses

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("COLUMNS", "200")
    with mock_aws():
        yield boto3.client("ssm")


def put(ssm: Any, name: str, document: Any, **settings: Any) -> None:
    value = document if isinstance(document, str) else json.dumps(document)
    ssm.put_parameter(
        **{"Name": f"/chef-hub/{name}", "Value": value, "Type": "String", "Overwrite": True, **settings}
    )


def fill(ssm: Any) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    put(ssm, "cookbooks/live", {"version": "v2", "chef_server": "i-1"})
    put(
        ssm,
        "chef_server/status",
        {"state": "converged", "node_kind": "chef_server", "instance": "i-1", "at": at},
    )
    put(ssm, "chef_server/admin_key", "secret-key", Type="SecureString")
    leader = {"state": "converged", "node_kind": "hub_leader", "role": "server", "cookbooks": "v2", "at": at}
    put(ssm, "hub_leader/status", leader)
    put(ssm, "worker-i-3/status", {**leader, "node_kind": "worker", "role": "worker", "cookbooks": "v1"})


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_nodes_are_listed_with_role_version_and_age(ssm: Any) -> None:
    fill(ssm)
    result = run()
    assert result.exit_code == 0, result.output
    rows = {line.split()[1]: line for line in result.output.splitlines() if "converged" in line}
    assert set(rows) == {"chef_server", "hub_leader", "worker-i-3"}
    assert "5 min" in rows["hub_leader"]
    assert "behind" not in rows["hub_leader"]
    assert "v1 (behind)" in rows["worker-i-3"]
    assert "live cookbooks: v2" in result.output
    assert "secret-key" not in result.output


def test_failed_node_is_named_with_its_step_and_exit_code(ssm: Any) -> None:
    fill(ssm)
    put(
        ssm,
        "worker-i-4/status",
        {"state": "failed", "step": "wait for the Chef Server", "error": "gave up", "at": "x"},
    )
    put(ssm, "worker-i-5/status", "no json")
    put(ssm, "worker-i-6/status", {"step": "start"})
    result = run()
    assert result.exit_code == 1
    assert 'worker-i-4 failed in step "wait for the Chef Server": gave up' in result.output
    assert "worker-i-6: its status names no state" in result.output
    assert "worker-i-5: its status is not a JSON object" in result.output


def test_json_holds_every_field(ssm: Any) -> None:
    fill(ssm)
    document = json.loads(run("--json").output)
    assert document["live_cookbooks"] == "v2"
    assert [node["node"] for node in document["nodes"]] == ["chef_server", "hub_leader", "worker-i-3"]
    assert datetime.fromisoformat(document["nodes"][0]["at"]).tzinfo is not None


def test_nothing_there_yet_is_said(ssm: Any) -> None:
    del ssm
    result = run()
    assert result.exit_code == 0
    assert "no node has published a status" in result.output


def test_prefix_must_be_a_path(ssm: Any) -> None:
    with pytest.raises(BadInputError, match="is not an SSM path"):
        read_statuses(ssm, "chef-hub/")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 d"), (-5, "0 s")],
)
def test_age_has_one_unit(seconds: int, text: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == text
    assert age(None, NOW) == ""


def test_what_a_worker_waits_for_or_goes_on_without_is_named(ssm: Any) -> None:
    fill(ssm)
    put(ssm, "worker-i-3/engine", {"state": "waiting", "why": "the settings in /etc/docker/daemon.json"})
    put(ssm, "worker-i-3/images", {"images": ["hub/notebook:1"], "failed": "hub/notebook:2"})
    put(ssm, "hub_leader/engine", "{")
    result = run()
    assert result.exit_code == 0, result.output
    note = (
        "Docker is restarted once no server runs here, for the settings in /etc/docker/daemon.json; "
        "hub/notebook:2 cannot be pulled: users get hub/notebook:1"
    )
    assert f"worker-i-3: {note}" in result.output
    notes = {node["node"]: node["note"] for node in json.loads(run("--json").output)["nodes"]}
    assert notes == {"chef_server": "", "hub_leader": "", "worker-i-3": note}
    put(ssm, "worker-i-3/engine", {"state": "settled", "why": ""})
    put(ssm, "worker-i-3/images", {"images": ["hub/notebook:2"], "failed": None})
    assert "worker-i-3: " not in run().output


@pytest.mark.parametrize("value", [None, 3, "ada", {"ada": 1}, [{"a": 1}, 3, None], [["ada"]]])
def test_case_23_a_status_of_another_shape_is_passed_over(ssm: Any, value: Any) -> None:
    put(ssm, "worker-i-1/status", {"state": "converged", "node_kind": "worker"})
    put(ssm, "worker-i-1/images", {"failed": "x", "images": value})
    put(ssm, "worker-i-2/status", [value])
    nodes = {status.node: status for status in read_statuses(ssm, "/chef-hub").nodes}
    assert nodes["worker-i-1"].note.startswith("x cannot be pulled: users get ")
    assert nodes["worker-i-2"].state == "unreadable"
