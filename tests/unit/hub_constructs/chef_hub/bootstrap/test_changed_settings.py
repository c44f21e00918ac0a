"""Settings that change while nodes run: the contract in SSM reaches them before their next converge."""

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from hub_constructs.chef_hub.node_contract import NodeKind
from tests.support.node_host.booted import BootedHosts
from tests.support.node_host.bundles import bundle, release
from tests.support.node_host.deployment import Deployment
from tests.support.node_host.host import NodeHost

Deploy = Callable[..., Deployment]
Booted = Callable[[Deployment, str], NodeHost]
FILE = "etc/chef-hub/contract.json"


def published(deployment: Deployment, **hub: Any) -> dict[str, Any]:
    """Publish the deployment's contract as the stack does, with other settings of the hub."""
    contract = copy.deepcopy(deployment.contract)
    del contract["chef_hub"]["node_kind"]
    contract["chef_hub"]["hub"].update(hub)
    deployment.put("contract", json.dumps(contract))
    return contract


def contract_of(host: NodeHost) -> dict[str, Any]:
    contract: dict[str, Any] = json.loads((host.root / FILE).read_text(encoding="utf-8"))
    return contract


@pytest.fixture
def booted(booted_hosts: BootedHosts) -> Booted:
    """Return ``booted(deployment, kind)``: a hub leader or worker that has booted with the settings of its user data."""

    def host_of(deployment: Deployment, kind: str) -> NodeHost:
        deployment.publish_server()
        deployment.publish_live()
        return booted_hosts.host(deployment, kind)

    return host_of


@pytest.mark.parametrize("kind", ["hub_leader", "worker"])
def test_changed_setting_reaches_a_node_before_it_converges(
    deploy: Deploy, booted: Booted, kind: str
) -> None:
    deployment = deploy()
    host = booted(deployment, kind)
    wanted = published(deployment, max_users=7, user_memory_gib=0.5)

    run = host.call("converge")
    assert run.code == 0, run.output
    wanted["chef_hub"]["node_kind"] = kind
    assert contract_of(host) == wanted
    assert (host.root / FILE).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (host.root / FILE).parent.glob("contract*")) == ["contract.json"]
    lines = run.output.splitlines()
    changed = next(i for i, line in enumerate(lines) if "settings have changed" in line)
    converged = next(i for i, line in enumerate(lines) if "step: run the Chef client" in line)
    assert changed < converged

    before = (host.root / FILE).stat()
    again = host.call("converge")
    assert again.code == 0, again.output
    assert "settings have changed" not in again.output
    after = (host.root / FILE).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_setting_that_changed_before_the_first_boot_wins_over_the_user_data(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    published(deployment, max_users=7)
    host = deployment.host("worker")
    assert host.boot().code == 0
    assert contract_of(host)["chef_hub"]["hub"]["max_users"] == 7


@pytest.mark.parametrize("kind", ["hub_leader", "worker"])
def test_node_whose_launch_data_only_names_the_contract_fetches_it_first(
    deploy: Deploy, kind: NodeKind
) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    wanted = published(deployment, max_users=7)
    wanted["chef_hub"]["node_kind"] = kind
    host = deployment.host(kind, user_data=deployment.launch_attributes(kind))
    run = host.boot()
    assert run.code == 0, run.output
    assert contract_of(host) == wanted
    assert (host.root / FILE).stat().st_mode & 0o777 == 0o600
    assert run.output.index("step: fetch the contract") < run.output.index("step: install the timer")

    again = host.call("converge")  # as the timer does: what is there is good enough to begin with
    assert again.code == 0, again.output
    assert "fetch the contract" not in again.output


def test_contract_that_is_not_published_is_waited_for_and_then_told(deploy: Deploy) -> None:
    deployment = deploy()
    pointer = deployment.launch_attributes("worker")
    host = deployment.host("worker", user_data=pointer, variables={"CHEF_HUB_WAIT_SECONDS": "6"})
    run = host.boot()
    assert run.code == 1
    assert 'FAILED in step "fetch the contract"' in run.output
    waited = f"gave up waiting for the contract at {deployment.prefix}/contract, which the stack publishes, after 6 s"
    assert waited in run.output
    assert f"there is no parameter {deployment.prefix}/contract" in run.output
    status = deployment.status(f"worker-{host.instance}")
    assert (status["state"], status["step"]) == ("failed", "fetch the contract")

    published(deployment)
    deployment.publish_server()
    deployment.publish_live()
    run = deployment.host("worker", user_data=pointer).boot()
    assert run.code == 0, run.output


def _set(*path: str, to: Any) -> Callable[[dict[str, Any]], str]:
    def change(contract: dict[str, Any]) -> str:
        part = contract
        for name in path[:-1]:
            part = part[name]
        part[path[-1]] = to
        return json.dumps(contract)

    return change


# What may stand in the parameter (None: there is none), and what the log then says
UNUSABLE: list[tuple[Callable[[dict[str, Any]], str] | None, str]] = [
    (None, "there is no parameter"),
    (lambda _: "{", "is no contract of this deployment"),
    (lambda _: "[]", "is no contract of this deployment"),
    (lambda _: '{"chef_hub": {}}', "parameter_prefix is not"),
    (lambda _: '{"chef_hub": "text"}', "is no contract of this deployment"),
    (_set("chef_hub", "parameter_prefix", to="/another-hub"), "parameter_prefix is not"),
    (_set("chef_hub", "chef_distribution", to="other"), "chef_distribution"),
    (_set("chef_hub", "bootstrap_bucket", to=""), "services, bootstrap_bucket or region"),
    (
        _set("chef_hub", "services", "chef_server", "id", to=None),
        "services, bootstrap_bucket or region",
    ),
    (_set("chef_hub", "hub", to=[]), "deployment: hub"),
]


def test_missing_or_unusable_parameter_keeps_the_old_contract(deploy: Deploy, booted: Booted) -> None:
    deployment = deploy()
    host = booted(deployment, "worker")
    before = (host.root / FILE).read_bytes()
    for change, reason in UNUSABLE:
        if change is not None:
            deployment.put("contract", change(copy.deepcopy(deployment.contract)))
        run = host.call("refresh_contract")
        assert run.code == 0, run.output
        (line,) = [line for line in run.output.splitlines() if f"keeping the contract in /{FILE}" in line]
        assert reason in line
        assert (host.root / FILE).read_bytes() == before
    run = host.call("converge")
    assert run.code == 0, run.output


def test_refused_parameter_keeps_the_old_contract_and_does_not_delay_for_long(
    deploy: Deploy, booted: Booted
) -> None:
    deployment = deploy()
    host = booted(deployment, "hub_leader")
    published(deployment, max_users=7)
    deployment.gate.refuse = lambda request: (
        "AccessDeniedException" if f'"{deployment.prefix}/contract"' in request.body else None
    )
    run = host.call("converge")
    assert run.code == 0, run.output
    assert "AccessDeniedException" in run.output
    assert contract_of(host)["chef_hub"]["hub"]["max_users"] == 50


def test_workstation_looks_into_the_bucket_that_the_settings_name_now(
    deploy: Deploy, booted_hosts: BootedHosts
) -> None:
    deployment = deploy()
    deployment.publish_server()
    release(deployment, "v1", bundle("one"))
    host = booted_hosts.host(deployment, "workstation")
    contract = published(deployment)
    bucket = contract["chef_hub"]["bootstrap_bucket"] + "-moved"
    deployment.aws.client("s3").create_bucket(Bucket=bucket)
    contract["chef_hub"]["bootstrap_bucket"] = bucket
    deployment.put("contract", json.dumps(contract))
    release(
        dataclasses.replace(deployment, contract=contract),
        "v2",
        bundle("two"),
    )
    run = host.call("refresh")
    assert run.code == 0, run.output
    assert json.loads(deployment.parameters()["cookbooks/live"]["Value"])["version"] == "v2"


def test_lists_of_the_contract_are_not_kept_with_the_chef_node(deploy: Deploy, booted: Booted) -> None:
    # Chef joins the list that it saved with the one that it is given: no one could be taken out of a list.
    host = booted(deploy(), "hub_leader")
    assert "blocked_normal_attributes %w(chef_hub)\n" in host.text("/etc/cinc/client.rb")
