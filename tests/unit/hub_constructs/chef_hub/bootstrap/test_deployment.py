"""All four kinds of nodes start one after the other with what the others published, with the rights that the stack gives."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.node_host.bundles import bundle, release
from tests.support.node_host.deployment import Deployment
from tests.support.node_host.host import SCRIPTS
from tests.support.node_host.policies import ACCOUNT, REGION, refused

pytestmark = pytest.mark.node

NODES = {
    "chef_server": "10.30.0.5",
    "workstation": "10.30.0.6",
    "hub_leader": "10.30.0.7",
    "worker": "10.30.0.8",
}


@pytest.fixture
def allowed() -> Callable[[Deployment, str], list[Any]]:
    """Return ``allowed(deployment, kind)``: the statements of a kind's role."""
    from stacks import app  # noqa: F401, I001 - silences jsii before cdktf is imported
    from hub_constructs.chef_hub.node_permissions import PermittedResources, statements

    def of(deployment: Deployment, kind: Any) -> list[Any]:
        contract = deployment.contract["chef_hub"]
        base = f"{REGION}:{ACCOUNT}"
        account: Any = SimpleNamespace(
            partition="aws", arn=lambda service, rest: f"arn:aws:{service}:{base}:{rest}"
        )
        places = PermittedResources(
            account=account,
            bucket_arn=f"arn:aws:s3:::{contract['bootstrap_bucket']}",
            namespace_zone_id="Z1",
            chef_service_arn=f"arn:aws:servicediscovery:{base}:service/{contract['services']['chef_server']['id']}",
            swarm_service_arn=f"arn:aws:servicediscovery:{base}:service/{contract['services']['swarm']['id']}",
            repository_arns=[],
            log_group_arn=f"arn:aws:logs:{base}:log-group:/chef-hub/nodes",
            autoscaling_group=contract["autoscaling_group"],
        )
        return statements(kind, places)

    return of


def test_scripts_run_here_are_those_that_the_stack_delivers() -> None:
    from stacks import app  # noqa: F401, I001 - silences jsii before cdktf is imported
    from hub_constructs.chef_hub.node import SCRIPTS as DELIVERED

    assert SCRIPTS == DELIVERED


def test_nodes_come_up_from_each_others_facts_with_their_own_rights(
    deploy: Callable[..., Deployment], allowed: Callable[[Deployment, str], list[Any]]
) -> None:
    # The roles are written for this prefix.
    deployment = deploy(parameter_prefix="/chef-hub")
    release(deployment, "v1", bundle("one"))
    for number, (kind, address) in enumerate(NODES.items()):
        deployment.gate.requests.clear()
        host = deployment.host(kind, instance=f"i-{number:017x}", address=address)
        run = host.boot()
        assert run.code == 0, run.output
        if kind == "workstation":
            host.write("recorded/chef-nodes", f"worker-i-{3:017x}\n")
            assert host.call("refresh").code == 0
        assert deployment.gate.requests
        assert refused(deployment.gate.requests, allowed(deployment, kind)) == set()
    states = {
        name.removesuffix("/status"): deployment.status(name.removesuffix("/status"))["state"]
        for name in deployment.parameters()
        if name.endswith("/status")
    }
    expected = ["chef_server", "workstation", "hub_leader", f"worker-i-{3:017x}"]
    assert states == dict.fromkeys(expected, "converged")
