"""Hub leader and workers: from first boot to the Chef client's command line, and out again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.node_host.booted import BootedHosts
from tests.support.node_host.deployment import Deployment

Deploy = Callable[..., Deployment]
INSTANCE = "i-0123456789abcdef0"


@pytest.mark.parametrize(
    ("kind", "role", "node", "distribution"),
    [("hub_leader", "server", "hub_leader", "cinc"), ("worker", "worker", f"worker-{INSTANCE}", "chef")],
)
def test_node_converges_and_a_second_run_only_converges_again(
    deploy: Deploy, kind: str, role: str, node: str, distribution: str
) -> None:
    deployment = deploy(chef_distribution=distribution)
    deployment.publish_server()
    deployment.publish_live("v7")
    host = deployment.host(kind)

    first = host.boot()
    assert first.code == 0, first.output
    etc = f"/etc/{distribution}"
    assert (
        f"{distribution}-client --once --no-color --config {etc}/client.rb"
        f" --json-attributes /etc/chef-hub/contract.json --runlist role[{role}]"
    ) in host.commands()
    status = deployment.status(node)
    assert (status["state"], status["role"], status["cookbooks"]) == ("converged", role, "v7")
    assert f"node_name '{kind}-{INSTANCE}'" in host.text(f"{etc}/client.rb")
    assert "ssl_verify_mode :verify_peer" in host.text(f"{etc}/client.rb")
    assert "BEGIN CERTIFICATE" in host.text(f"{etc}/trusted_certs/chef-server.crt")
    assert host.text("recorded/validator-mode") == "600\n"
    assert host.text(f"{etc}/validation.pem") == "", "the validator's key must go once the node is registered"
    assert "chef-hub-converge.timer" in host.text("recorded/units")

    before, parameters = host.files(), deployment.parameters()
    deployment.gate.requests.clear()
    second = host.boot()
    assert second.code == 0, second.output
    assert host.files() == before
    changed = [request.body for request in deployment.gate.requests if request.changes_something]
    changed = [body for body in changed if "FailedRuns" not in body]
    assert len(changed) == 1, "only the status, which has the time of the last converge, may be written"
    assert f"{node}/status" in changed[0]
    after = deployment.parameters()
    assert {name: value for name, value in after.items() if name != f"{node}/status"} == {
        name: value for name, value in parameters.items() if name != f"{node}/status"
    }
    assert not [request for request in deployment.gate.requests if "validator_key" in request.body]
    for text in (first.output, second.output, host.text("recorded/command-lines")):
        assert "validator-key-secret" not in text


def test_commands_that_say_nothing_are_enough_and_new_units_are_enabled_all_the_same(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    host = deployment.host("worker")
    for name in ("cinc-client", "systemctl", "docker"):
        host.write(f"/recorders/{name}", host.text("/recorders/forget-chef-node"))
    first = host.boot()
    assert first.code == 0, first.output
    units = ("chef-hub-leave.service", "chef-hub-lifecycle.service", "chef-hub-converge.timer")
    enabled = [f"systemctl enable --now {unit}" for unit in units]
    assert [line for line in host.commands() if " enable " in line] == enabled
    assert "[Service]\nType=oneshot\n" in host.text("/etc/systemd/system/chef-hub-leave.service")

    before = host.files()
    second = host.boot()
    assert second.code == 0, second.output
    assert [line for line in host.commands() if " enable " in line] == enabled
    assert host.files() == before


def test_node_registers_anew_when_the_chef_server_was_replaced(
    deploy: Deploy, booted_hosts: BootedHosts
) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    host = booted_hosts.host(deployment, "worker")
    key = host.text("/etc/cinc/client.pem")

    deployment.publish_server(instance="i-0new")
    host.variables = {"CHEF_HUB_WAIT_SECONDS": "12"}
    stale = host.call("converge")
    assert stale.code != 0
    assert "Chef Server which was replaced" in stale.output
    deployment.publish_live("v2", instance="i-0new")
    fresh = host.call("converge")
    assert fresh.code == 0, fresh.output
    assert host.text("/etc/cinc/client.pem") not in ("", key)


def test_folder_from_which_nginx_answers_stays_open_while_the_client_runs(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    host = deployment.host("hub_leader")
    client = host.text("/recorders/cinc-client")
    host.write("/recorders/cinc-client", f"{client}\nstat -c %a /var/lib/chef-hub >>/recorded/modes\n")
    assert host.boot().code == 0
    assert host.call("converge").code == 0
    assert host.text("/recorded/modes") == "755\n755\n"


def test_failed_converge_is_published_and_its_validator_removed(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    host = deployment.host("hub_leader")
    host.write("recorders/cinc-client", "#!/bin/bash\necho 'Compile error in recipe'\nexit 1\n")
    (host.root / "recorders/cinc-client").chmod(0o755)
    run = host.boot()
    assert run.code == 1
    assert "Compile error in recipe" in run.output
    assert 'FAILED in step "run the Chef client with role[server]"' in run.output
    status = deployment.status("hub_leader")
    assert (status["state"], status["step"]) == ("failed", "run the Chef client with role[server]")
    assert host.text("/etc/cinc/validation.pem") == ""


def test_worker_leaves_when_the_auto_scaling_group_ends_it(deploy: Deploy, booted_hosts: BootedHosts) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    host = booted_hosts.host(deployment, "worker")
    host.variables = {"CHEF_HUB_DRAIN_SECONDS": "4"}
    assert "chef-hub-leave.service" in host.text("recorded/units")
    assert "chef-hub-lifecycle.service" in host.text("recorded/units")

    host.write("recorded/in-swarm", "")
    host.variables = {**host.variables, "CHEF_HUB_PROGRAMS": "/recorders"}
    host.write("recorded/tasks", "container1 chef-hub.kind=notebook\n")
    completed: list[str] = []

    def notice(request: Any) -> str | None:
        if "CompleteLifecycleAction" in request.body:
            completed.append(request.body)
            return "ValidationError"  # there is no such group in the local AWS; the request is what counts
        return None

    deployment.gate.refuse = notice
    host.imds_changes = [(2.0, "/latest/meta-data/autoscaling/target-lifecycle-state", "Terminated")]
    host.variables = {**host.variables, "CHEF_HUB_RETRY_SECONDS": "8"}
    run = host.call("watch_lifecycle")
    assert "the auto scaling group ends this instance" in run.output
    assert "going on although notebook servers still run here" in run.output
    commands = host.commands()
    order = [
        "systemctl stop chef-hub-converge.timer",
        "docker swarm leave",
        f"forget-chef-node worker-{INSTANCE}",
    ]
    places = [commands.index(line) for line in order]
    assert places == sorted(places)
    assert deployment.status(f"worker-{INSTANCE}")["state"] == "left"
    assert completed
    assert f"InstanceId={INSTANCE}" in completed[0]
    assert "LifecycleActionResult=CONTINUE" in completed[0]

    host.imds_changes = []
    again = host.call("on_shutdown")
    assert again.code == 0, again.output
    assert "has left before" in again.output
    assert sum(line == "docker swarm leave" for line in host.commands()) == 1


def test_reboot_is_no_goodbye(deploy: Deploy, booted_hosts: BootedHosts) -> None:
    deployment = deploy()
    deployment.publish_server()
    deployment.publish_live()
    host = booted_hosts.host(deployment, "worker")
    host.write("recorded/jobs", "12 reboot.target start waiting\n")
    run = host.call("on_shutdown")
    assert run.code == 0, run.output
    assert "rebooting: this node stays" in run.output
    assert deployment.status(f"worker-{INSTANCE}")["state"] == "converged"
    assert "docker swarm leave" not in host.commands()
