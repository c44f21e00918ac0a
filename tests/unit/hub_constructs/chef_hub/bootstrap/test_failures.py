"""What goes wrong around a node: each failure ends within its deadline and names its step."""

from collections.abc import Callable

import pytest

from tests.support.node_host.deployment import Deployment

Deploy = Callable[..., Deployment]
KINDS = ["workstation", "hub_leader", "worker"]


@pytest.mark.parametrize("kind", KINDS)
def test_facts_that_never_come_end_in_a_message(deploy: Deploy, kind: str) -> None:
    deployment = deploy()
    host = deployment.host(kind, variables={"CHEF_HUB_WAIT_SECONDS": "4"})
    run = host.boot()
    assert run.code == 1
    assert 'FAILED in step "wait for the Chef Server"' in run.output
    assert (
        f"gave up waiting for the Chef Server's fact at {deployment.prefix}/chef_server/fact after 4 s"
        in run.output
    )
    node = f"worker-{host.instance}" if kind == "worker" else kind
    status = deployment.status(node)
    assert (status["state"], status["step"], status["node_kind"]) == (
        "failed",
        "wait for the Chef Server",
        kind,
    )


def test_live_version_that_never_comes_names_the_workstation(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    # Each wait has as long: enough for the two calls about the Chef Server on a busy machine too.
    run = deployment.host("worker", variables={"CHEF_HUB_WAIT_SECONDS": "20"}).boot()
    assert run.code == 1
    assert 'FAILED in step "wait for the Workstation"' in run.output
    assert f"{deployment.prefix}/cookbooks/live" in run.output


def test_deadline_that_has_passed_already_still_gets_one_attempt(deploy: Deploy) -> None:
    deployment = deploy()
    run = deployment.host("worker", variables={"CHEF_HUB_WAIT_SECONDS": "0"}).boot()
    assert run.code == 1
    assert 'FAILED in step "wait for the Chef Server"' in run.output
    assert "after 0 s" in run.output
    assert [request for request in deployment.gate.requests if "chef_server/fact" in request.body]


def test_slow_metadata_service_is_waited_for(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    run = deployment.host("worker", imds_delay_seconds=1.0).boot()
    assert run.code == 0, run.output


def test_metadata_service_without_an_answer_ends_in_a_message(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("worker", imds_delay_seconds=60.0, variables={"CHEF_HUB_WAIT_SECONDS": "6"})
    run = host.boot()
    assert run.code == 1
    assert 'FAILED in step "read the identity from IMDSv2"' in run.output
    assert "gave up waiting for IMDSv2 at http://169.254.169.254" in run.output


def test_aws_without_an_answer_ends_in_a_message(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.gate.delay_seconds = 60.0
    variables = {"CHEF_HUB_WAIT_SECONDS": "5", "CHEF_HUB_CALL_SECONDS": "3"}
    run = deployment.host("worker", variables=variables).boot()
    assert run.code == 1
    assert 'FAILED in step "wait for the Chef Server"' in run.output
    assert "no answer within" in run.output


def test_missing_tool_that_cannot_be_installed_is_named(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    run = deployment.host("hub_leader", without=["cinc-client"]).boot()
    assert run.code == 1
    assert 'FAILED in step "configure the Chef client"' in run.output
    assert "cinc-client is not installed: is this a client's image?" in run.output


def test_contract_of_another_kind_is_refused(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("worker")
    host.contract = {"chef_hub": {**host.contract["chef_hub"], "node_kind": "hub_leader"}}
    run = host.boot()
    assert run.code == 1
    assert "the contract is for a hub_leader, this script for a worker" in run.output
