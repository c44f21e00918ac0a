"""A worker in the warm pool of its group: into it, out of it, back again; and one that AWS takes back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.node_host.deployment import Deployment
from tests.support.node_host.host import NodeHost

Deploy = Callable[..., Deployment]
INSTANCE = "i-0123456789abcdef0"
NODE = f"worker-{INSTANCE}"
TARGET = "/latest/meta-data/autoscaling/target-lifecycle-state"
# What a completed lifecycle action ends with: there is no such group in the local AWS, and the request is what counts.
REFUSED = "aws autoscaling complete-lifecycle-action:"
MORE_TIME = "aws autoscaling record-lifecycle-action-heartbeat:"
NOTICE = "/latest/meta-data/spot/instance-action"
POOLED, PLACE, OFFERED = (f"/var/lib/chef-hub/{name}" for name in ("pooled", "place", "images/notebook"))


class Pooled:
    """A worker of a deployment with a warm pool, and which lifecycle actions it completes."""

    def __init__(self, deploy: Deploy) -> None:
        self.deployment = deploy(launching_hook="launching", lifecycle_hook="leaving")
        self.deployment.publish_server()
        self.deployment.publish_live("v7")
        self.host: NodeHost = self.deployment.host("worker")
        self.host.variables = {
            "CHEF_HUB_PROGRAMS": "/recorders",
            "CHEF_HUB_POLL_SECONDS": "1",
            "CHEF_HUB_DRAIN_SECONDS": "2",
        }
        self.completed: list[str] = []
        self.results: list[str] = []
        self.deployment.gate.refuse = self._note

    def _note(self, request: Any) -> str | None:
        if "Action=RecordLifecycleActionHeartbeat" in request.body:
            return "ValidationError"
        if "Action=CompleteLifecycleAction" not in request.body:
            return None
        said = parse_qs(request.body)
        self.completed.append(said["LifecycleHookName"][0])
        self.results.append(said["LifecycleActionResult"][0])
        return "ValidationError"

    def boot(self, target: str) -> None:
        self.host.imds_changes = [(0.0, TARGET, target)]
        run = self.host.boot()
        assert run.code == 0, run.output

    def watch(
        self, until: str, *changes: tuple[float, str, str], times: int = 1, beside: str = "true"
    ) -> str:
        """Run the watching unit, and ``beside`` it a command, until so many lines of the unit's log have ``until``.

        ``changes`` are of the metadata service.
        """
        self.host.imds_changes = list(changes)
        script = (
            f": >/tmp/watched\n{beside} &\n"  # what an earlier watch said is not to be found
            "/var/lib/chef-hub/node.sh watch_lifecycle >/tmp/watched 2>&1 &\n"
            f"until (($(grep -c -- '{until}' /tmp/watched) >= {times} || SECONDS > 120)); do sleep 0.3; done\n"
            "kill $! && wait $! || true\ncat /tmp/watched\n"
        )
        output = self.host.run_script(script, 600).output
        assert until in output, output
        return output

    @property
    def status(self) -> dict[str, Any]:
        return self.deployment.status(NODE)

    def commands(self) -> list[str]:
        return self.host.commands()


@pytest.fixture
def pooled(deploy: Deploy) -> Pooled:
    return Pooled(deploy)


def test_a_worker_for_the_pool_converges_and_pulls_but_joins_no_swarm(pooled: Pooled) -> None:
    pooled.boot("Warmed:Stopped")
    assert (pooled.host.root / POOLED.lstrip("/")).exists(), (
        "the recipes must not join, nor the worker be offered"
    )
    assert pooled.status["state"] == "converged"
    pooled.watch(REFUSED, (0.0, TARGET, "Warmed:Stopped"), times=2)
    assert pooled.status["state"] == "pooled"
    assert (pooled.status["pool"], pooled.status["cookbooks"]) == (True, "v7")
    assert "launching" in pooled.completed
    assert "systemctl start chef-hub-offer-worker.service" in pooled.commands()
    assert not [line for line in pooled.commands() if line.startswith(("join-swarm", "docker swarm"))]
    assert pooled.host.text(PLACE) == "pool\n"
    stopped = pooled.host.call("on_shutdown")
    assert stopped.code == 0, stopped.output
    assert not [line for line in pooled.commands() if line.startswith("forget-chef-node")]


def test_out_of_the_pool_it_joins_and_offers_itself_without_a_chef_run(pooled: Pooled) -> None:
    pooled.boot("Warmed:Stopped")
    pooled.watch(REFUSED, (0.0, TARGET, "Warmed:Stopped"))
    before = len(pooled.commands())
    pooled.completed.clear()
    pooled.watch(REFUSED, (0.0, TARGET, "InService"))
    done = pooled.commands()[before:]
    order = ["join-swarm", "systemctl start chef-hub-offer-worker.service"]
    places = [[line.strip() for line in done].index(line) for line in order]
    assert places == sorted(places)
    assert not [line for line in done if "cinc-client" in line]
    assert pooled.completed == ["launching"]
    assert pooled.host.text(PLACE) == "service\n"
    assert pooled.host.text(OFFERED) == "image\n"
    assert pooled.status["state"] == "converged"


def test_what_changed_while_it_was_stopped_is_converged_before_it_is_offered(pooled: Pooled) -> None:
    pooled.boot("Warmed:Stopped")
    pooled.watch(REFUSED, (0.0, TARGET, "Warmed:Stopped"))
    pooled.deployment.publish_live("v8")
    before = len(pooled.commands())
    output = pooled.watch(REFUSED, (0.0, TARGET, "InService"))
    done = [line.strip() for line in pooled.commands()[before:]]
    assert [line for line in done if "cinc-client" in line], output
    assert "join-swarm" not in done, "the Chef run joins"
    assert pooled.status["cookbooks"] == "v8"
    assert pooled.host.text(PLACE) == "service\n"


def test_a_long_first_boot_asks_for_more_time_and_gives_up_in_the_end(pooled: Pooled) -> None:
    pooled.boot("Warmed:Stopped")
    busy = "flock /var/lib/chef-hub/lock sleep 600"  # as long as the first converge runs
    # Counted from the boot of the machine that the tests run on.
    pooled.host.variables = {**pooled.host.variables, "CHEF_HUB_BOOT_SECONDS": "999999999"}
    pooled.watch(MORE_TIME, (0.0, TARGET, "Warmed:Stopped"), times=2, beside=busy)
    assert pooled.completed == []
    assert pooled.host.text(PLACE) == ""
    pooled.host.variables = {**pooled.host.variables, "CHEF_HUB_BOOT_SECONDS": "0"}
    pooled.watch(REFUSED, (0.0, TARGET, "Warmed:Stopped"), beside=busy)
    assert (pooled.completed[0], pooled.results[0]) == ("launching", "ABANDON")


def test_what_came_to_the_pool_half_converged_converges_before_it_serves(pooled: Pooled) -> None:
    pooled.boot("Warmed:Stopped")
    before = len(pooled.commands())
    output = pooled.watch(REFUSED, (0.0, TARGET, "InService"))
    assert [line for line in pooled.commands()[before:] if "cinc-client" in line], output
    assert pooled.host.text(PLACE) == "service\n"
    assert set(pooled.results) == {"CONTINUE"}


def test_a_worker_that_a_rollout_has_missed_gives_itself_up(pooled: Pooled) -> None:
    pooled.boot("Warmed:Stopped")
    pooled.watch(REFUSED, (0.0, TARGET, "Warmed:Stopped"))
    pooled.deployment.put("swarm/outdated", json.dumps(["i-2", INSTANCE]))
    before = len(pooled.results)
    output = pooled.watch(REFUSED, (0.0, TARGET, "InService"))
    assert pooled.results[before] == "ABANDON"
    assert "older than the last rollout: another one has to come" in output


def test_back_to_the_pool_nothing_of_its_users_stays_and_the_chef_node_does(pooled: Pooled) -> None:
    pooled.boot("InService")
    pooled.watch(REFUSED, (0.0, TARGET, "InService"))
    assert pooled.host.text(PLACE) == "service\n"
    assert pooled.completed == ["launching"], "a first boot without a pool waits at that hook too"
    pooled.host.write("recorded/in-swarm", "")
    pooled.host.write("recorded/tasks", "container1 chef-hub.kind=notebook\n")
    pooled.completed.clear()
    pooled.watch(REFUSED, (0.0, TARGET, "Warmed:Stopped"), times=2)
    done = [line.strip() for line in pooled.commands()]
    assert done.index("docker swarm leave") < done.index("clear-worker")
    assert not [line for line in done if line.startswith("forget-chef-node")]
    assert {"leaving", "launching"} <= set(pooled.completed)
    assert pooled.status["state"] == "pooled"
    assert pooled.host.text(OFFERED) == "", "whether a container here reaches the hub is asked anew"


def test_a_notice_of_aws_is_told_and_its_servers_move_before_the_end(pooled: Pooled) -> None:
    pooled.boot("InService")
    pooled.host.write("recorded/in-swarm", "")
    at = (datetime.now(UTC) + timedelta(seconds=120)).strftime("%Y-%m-%dT%H:%M:%SZ")
    notice = (0.0, NOTICE, json.dumps({"action": "terminate", "time": at}))
    output = pooled.watch("status interrupted published", (0.0, TARGET, "InService"), notice)
    assert pooled.status["state"] == "interrupted", output
    assert pooled.status["leaving_at"] == at
    assert "docker swarm leave" not in pooled.commands()
    pooled.host.variables = {**pooled.host.variables, "CHEF_HUB_MOVE_SECONDS": "300"}
    pooled.watch("status left published", (0.0, TARGET, "InService"), notice)
    assert pooled.status["state"] == "left"
    assert "docker swarm leave" in pooled.commands()


def test_a_notice_that_says_no_time_changes_nothing(pooled: Pooled) -> None:
    pooled.boot("InService")
    pooled.watch(REFUSED, (0.0, TARGET, "InService"), (0.0, NOTICE, '{"time": "$(reboot)"}'))
    assert pooled.status["state"] == "converged"
