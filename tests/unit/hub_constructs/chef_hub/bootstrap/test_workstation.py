"""The Workstation's bootstrap: from a bundle in S3 to cookbooks, roles and a live version."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.node_host.booted import BootedHosts
from tests.support.node_host.bundles import bundle, release
from tests.support.node_host.deployment import Deployment

Deploy = Callable[..., Deployment]


def live(deployment: Deployment) -> str:
    version: str = json.loads(deployment.parameters()["cookbooks/live"]["Value"])["version"]
    return version


def test_workstation_brings_cookbooks_and_a_second_run_changes_nothing(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    host = deployment.host("workstation")

    first = host.boot()
    assert first.code == 0, first.output
    assert live(deployment) == "v1"
    assert host.text("recorded/cookbooks") == "docker\n"
    roles = [
        line.split()[4].rsplit("/", 1)[-1]
        for line in host.commands()
        if line.startswith("knife role from file")
    ]
    assert roles == ["server.json", "worker.json"]
    assert deployment.status("workstation")["state"] == "converged"
    assert deployment.status("workstation")["cookbooks"] == "v1"
    assert "chef-hub-cookbooks.timer" in host.text("recorded/units")
    assert "admin-key-secret" in host.text("/etc/chef-hub/knife/admin.pem")
    assert (host.root / "etc/chef-hub/knife/admin.pem").stat().st_mode & 0o077 == 0

    assert (host.root / "etc/chef-hub/knife").stat().st_mode & 0o077 == 0

    before, parameters = host.files(), deployment.parameters()
    deployment.gate.requests.clear()
    second = host.boot()
    assert second.code == 0, second.output
    assert host.files() == before
    assert deployment.parameters() == parameters
    assert [request for request in deployment.gate.requests if request.changes_something] == []
    assert sum("cookbook upload" in line for line in host.commands()) == 1
    for text in (first.output, second.output, host.text("recorded/command-lines")):
        assert "admin-key-secret" not in text


def test_timer_brings_the_next_version_and_a_damaged_one_is_not_installed(
    deploy: Deploy, booted_hosts: BootedHosts
) -> None:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    host = booted_hosts.host(deployment, "workstation")
    good = release(deployment, "v2", bundle("two"))
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert live(deployment) == "v2"

    release(deployment, "v3", bundle("three"), sha256="0" * 64)
    run = host.call("refresh")
    assert run.code != 0
    assert 'FAILED in step "look for cookbooks"' in run.output
    assert "does not have the checksum" in run.output
    assert live(deployment) == "v2"
    assert deployment.status("workstation")["state"] == "failed"

    release(deployment, "v3", bundle("three"), sha256="0" * 64, previous=good)
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert live(deployment) == "v2"
    assert deployment.status("workstation")["state"] == "converged", (
        "the status of the failed run was left standing"
    )


def test_denied_bucket_ends_within_the_deadline_and_names_the_step(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    deployment.gate.refuse = lambda request: (
        "AccessDenied"
        if request.operation.startswith(("GET /chef-hub-bootstrap", "HEAD /chef-hub-bootstrap"))
        else None
    )
    host = deployment.host("workstation", variables={"CHEF_HUB_WAIT_SECONDS": "8"})
    run = host.boot()
    assert run.code != 0
    assert 'FAILED in step "look for cookbooks"' in run.output
    assert "gave up waiting for cookbooks at s3://" in run.output
    assert "403" in run.output or "AccessDenied" in run.output
    status = deployment.status("workstation")
    assert (status["state"], status["step"]) == ("failed", "look for cookbooks")


def test_workstation_waits_for_a_server_that_comes_late(deploy: Deploy) -> None:
    deployment = deploy()
    release(deployment, "v1", bundle("one"))
    asked: list[str] = []

    def publish_at_the_third_question(request: Any) -> None:
        if "chef_server/fact" in request.body:
            asked.append(request.body)
            if len(asked) == 3:
                deployment.publish_server()

    deployment.gate.refuse = publish_at_the_third_question
    host = deployment.host("workstation")
    run = host.boot()
    assert run.code == 0, run.output
    assert len(asked) >= 3
    assert "waiting for the Chef Server's fact" in run.output


def test_chef_nodes_without_a_status_are_forgotten(deploy: Deploy, booted_hosts: BootedHosts) -> None:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    gone = [f"worker-i-{number:017x}" for number in range(12)]
    alive = "worker-i-0aaaaaaaaaaaaaaaa"
    deployment.put(f"{alive}/status", "{}")
    host = booted_hosts.host(deployment, "workstation")
    host.write(
        "recorded/chef-nodes", "\n".join([alive, *gone, "hub_leader-i-0bbb", "chef-hub-validator"]) + "\n"
    )
    run = host.call("refresh")
    assert run.code == 0, run.output
    deleted = [line.split()[1:4] for line in host.commands() if " delete " in line]
    assert sorted(deleted) == sorted([kind, "delete", name] for name in gone for kind in ("node", "client"))


def test_nothing_is_forgotten_while_statuses_cannot_be_read(
    deploy: Deploy, booted_hosts: BootedHosts
) -> None:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    host = booted_hosts.host(deployment, "workstation")
    host.variables = {"CHEF_HUB_RETRY_SECONDS": "8"}
    host.write("recorded/chef-nodes", "worker-i-0aaaaaaaaaaaaaaaa\n")
    deployment.gate.refuse = lambda request: (
        "AccessDeniedException" if request.operation.endswith("GetParameters") else None
    )
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert "AccessDenied" in run.output
    assert not [line for line in host.commands() if " delete " in line]


LEADER = "hub_leader-i-0bbbbbbbbbbbbbbbb"


def _with_leader(deploy: Deploy, booted_hosts: BootedHosts, *nodes: str) -> tuple[Deployment, Any]:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    host = booted_hosts.host(deployment, "workstation")
    deployment.put("hub_leader/status", json.dumps({"instance": LEADER.removeprefix("hub_leader-")}))
    host.write("recorded/chef-nodes", "\n".join(nodes) + "\n")
    return deployment, host


def test_leader_may_delete_workers_but_is_no_administrator(deploy: Deploy, booted_hosts: BootedHosts) -> None:
    _, host = _with_leader(deploy, booted_hosts, LEADER)
    run = host.call("refresh")
    assert run.code == 0, run.output
    asked = [
        line.split(" --config")[0]
        for line in host.commands()
        if line.startswith(("knife group", "knife acl"))
    ]
    assert asked == [
        "knife group list",
        "knife group create worker-keepers",
        f"knife group add client {LEADER} worker-keepers",
        "knife acl add group worker-keepers containers nodes delete",
        "knife acl add group worker-keepers containers clients delete",
    ]
    again = host.call("refresh")
    assert again.code == 0, again.output
    assert sum(line.startswith(("knife group", "knife acl")) for line in host.commands()) == len(asked)


def test_leader_that_replaces_another_takes_its_place(deploy: Deploy, booted_hosts: BootedHosts) -> None:
    old = "hub_leader-i-0aaaaaaaaaaaaaaaa"
    _, host = _with_leader(deploy, booted_hosts, old, LEADER)
    host.write("recorded/groups", "admins\nworker-keepers\n")
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert not [line for line in host.commands() if line.startswith("knife group create")]
    deleted = [line.split()[1:4] for line in host.commands() if " delete " in line and "acl" not in line]
    assert deleted == [["node", "delete", old], ["client", "delete", old]]


def test_leader_that_has_not_registered_is_left_for_later(deploy: Deploy, booted_hosts: BootedHosts) -> None:
    old = "hub_leader-i-0aaaaaaaaaaaaaaaa"
    _, host = _with_leader(deploy, booted_hosts, old)
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert not [
        line for line in host.commands() if line.startswith(("knife group", "knife acl")) or "delete" in line
    ]


def test_chef_server_that_refuses_permissions_does_not_hold_up_the_cookbooks(
    deploy: Deploy, booted_hosts: BootedHosts
) -> None:
    deployment, host = _with_leader(deploy, booted_hosts, LEADER)
    knife = (host.root / "recorders/knife").read_text(encoding="utf-8")
    host.write("recorders/knife", knife.replace("'acl add') ", "'acl add') exit 1; "))
    (host.root / "recorders/knife").chmod(0o755)
    release(deployment, "v2", bundle("two"))
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert f"{LEADER} may not delete other Chef nodes yet" in run.output
    assert live(deployment) == "v2"
