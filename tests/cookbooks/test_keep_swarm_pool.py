"""The leader's keeper and workers that wait in a warm pool, or that AWS takes back."""

import json
from typing import Any

import pytest

from tests.cookbooks.program_host import IMAGE, PREFIX, Host, facts, node

AT = "2026-12-01T09:00:00Z"
GROUP = {"CHEF_HUB_AUTOSCALING_GROUP": "workers", "CHEF_HUB_LAUNCHING_HOOK": "launching"}


def said(state: str, **more: Any) -> str:
    return json.dumps({"state": state, **more})


def instance(number: int, state: str = "Warmed:Stopped", group: str = "workers") -> dict[str, str]:
    return {"InstanceId": f"i-{number}", "AutoScalingGroupName": group, "LifecycleState": state}


@pytest.mark.parametrize("state", ["leaving", "pooled"])
def test_a_worker_that_went_to_the_pool_leaves_the_swarm_and_stays_a_chef_node(
    host: Host, state: str
) -> None:
    host.forget_program()
    host.put("nodes", {"n1": node("worker-i-1", "down")})
    host.put("parameters", facts(worker_i_1__status=said(state, pool=True), worker_i_1__images="{}"))
    result = host.run("keep-swarm")
    assert result.returncode == 0, result.stderr
    assert host.get("nodes") == {}
    assert host.forgotten() == []
    assert f"{PREFIX}/worker-i-1/status" in host.get("parameters")
    assert "worker-i-1 waits in the warm pool" in result.stderr


def test_a_worker_on_its_way_to_the_pool_is_drained(host: Host) -> None:
    host.put("nodes", {"n1": node("worker-i-1")})
    host.put("parameters", facts(worker_i_1__status=said("leaving", pool=True)))
    assert host.run("keep-swarm").returncode == 0
    assert host.get("nodes")["n1"]["Spec"]["Availability"] == "drain"


def test_a_worker_that_came_back_under_another_id_is_kept(host: Host) -> None:
    host.forget_program()
    host.put("nodes", {"n1": node("worker-i-1", "down"), "n2": node("worker-i-1")})
    held = json.dumps({"images": [IMAGE], "failed": None})
    host.put("parameters", facts(worker_i_1__status=said("converged"), worker_i_1__images=held))
    assert host.run("keep-swarm", CHEF_HUB_REAP_AFTER="0").returncode == 0
    assert list(host.get("nodes")) == ["n2"]
    assert host.forgotten() == []
    assert f"{PREFIX}/worker-i-1/images" in host.get("parameters")


def test_a_worker_that_ends_in_the_pool_is_forgotten(host: Host) -> None:
    host.forget_program()
    host.put("nodes", {})
    host.put("parameters", facts(worker_i_1__status=said("pooled", pool=True)))
    host.put(
        "scaling-instances", [instance(1), instance(2), instance(3, "InService"), instance(4, group="lab")]
    )
    assert host.run("keep-swarm", **GROUP).returncode == 0
    assert (host.keeper / "pool").read_text() == "i-1\ni-2\n"
    host.put("scaling-instances", [instance(2, "InService"), instance(3, "InService")])
    assert host.run("keep-swarm", **GROUP).returncode == 0
    assert host.forgotten() == [], "asked again after some minutes only"
    assert host.run("keep-swarm", **GROUP, CHEF_HUB_POOL_SECONDS="0").returncode == 0
    assert host.forgotten() == ["worker-i-1"], "the other one serves now"
    assert f"{PREFIX}/worker-i-1/status" not in host.get("parameters")


def test_without_an_answer_about_the_pool_nobody_is_forgotten(host: Host) -> None:
    host.forget_program()
    host.put("nodes", {})
    (host.keeper / "pool").write_text("i-1\n")
    host.put("denied", ["describe-auto-scaling-instances"])
    result = host.run("keep-swarm", **GROUP, CHEF_HUB_POOL_SECONDS="0")
    assert result.returncode == 0
    assert "which workers wait in the pool is not known" in result.stderr
    assert host.forgotten() == []


def test_who_waits_in_the_pool_and_is_older_than_a_rollout_is_published(host: Host) -> None:
    def launched(number: int, version: str, **settings: Any) -> dict[str, Any]:
        template = {"LaunchTemplateId": "lt-1", "Version": version}
        return {**instance(number, **settings), "LaunchTemplate": template}

    def outdated(state: str, version: str = "3") -> Any:
        record = {"id": "r", "version": version, "state": state}
        rollout = {"Type": "String", "Value": json.dumps(record)}
        host.put("parameters", {**host.get("parameters"), f"{PREFIX}/rollout": rollout})
        result = host.run("keep-swarm", **GROUP, CHEF_HUB_POOL_SECONDS="0")
        assert result.returncode == 0, result.stderr
        found = host.get("parameters").get(f"{PREFIX}/swarm/outdated")
        return None if found is None else json.loads(found["Value"])

    host.put("nodes", {})
    host.put("parameters", {})
    pool = [launched(1, "2"), launched(2, "3"), launched(3, "10"), launched(4, "2", state="InService")]
    host.put("scaling-instances", [*pool, launched(5, "2", group="lab"), instance(6)])
    assert outdated("aborted") is None
    assert outdated("running") == ["i-1"]
    assert outdated("done", "4") == ["i-1", "i-2"]
    assert outdated("aborted") == []


def test_without_a_pool_the_leader_does_not_ask_for_it(host: Host) -> None:
    host.put("nodes", {})
    assert host.run("keep-swarm", CHEF_HUB_AUTOSCALING_GROUP="workers").returncode == 0
    assert not [call for call in host.calls() if "describe-auto-scaling-instances" in call]


def test_an_instance_that_aws_takes_back_takes_no_new_users_and_the_hub_learns_when(host: Host) -> None:
    host.put("nodes", {"n1": node("worker-i-1"), "n2": node("worker-i-2")})
    host.put("parameters", facts(worker_i_1__status=said("interrupted", leaving_at=AT)))
    assert host.run("keep-swarm").returncode == 0
    spec = host.get("nodes")["n1"]["Spec"]
    assert (spec["Availability"], spec["Labels"]) == ("pause", {"hub.leaving-at": AT})
    assert host.get("nodes")["n2"]["Spec"]["Availability"] == "active"
    before = len(host.calls())
    assert host.run("keep-swarm").returncode == 0
    assert not [call for call in host.calls()[before:] if "update" in call]


@pytest.mark.parametrize("at", [None, 7, "soon", f"{AT} --availability drain"])
def test_a_time_that_is_none_changes_nothing(host: Host, at: object) -> None:
    host.put("nodes", {"n1": node("worker-i-1")})
    host.put("parameters", facts(worker_i_1__status=said("interrupted", leaving_at=at)))
    result = host.run("keep-swarm")
    assert "does not say when it is taken back" in result.stderr
    assert host.get("nodes")["n1"]["Spec"] == {"Availability": "active", "Labels": {}}
