"""The leader's keeper: marks, drains and removes workers by what they publish."""

import os
import time
from pathlib import Path

from tests.cookbooks.program_host import IMAGE, Host, facts, node, status


class TestKeepSwarm:
    def test_marks_a_worker_ready_once_its_image_is_there(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1"), "n2": node("worker-i-2")})
        host.put("parameters", facts(worker_i_1__image=IMAGE, worker_i_2__image="chef-hub/notebook:0"))
        assert host.run("keep-swarm").returncode == 0
        nodes = host.get("nodes")
        assert nodes["n1"]["Spec"]["Labels"] == {"chef-hub.ready": "true"}
        assert nodes["n2"]["Spec"]["Labels"] == {}
        before = len(host.calls())
        again = host.run("keep-swarm")
        assert again.stderr == ""
        assert not [call for call in host.calls()[before:] if "update" in call]

    def test_many_workers_are_read_with_few_calls(self, host: Host) -> None:
        host.put("nodes", {f"n{number}": node(f"worker-i-{number}") for number in range(12)})
        host.put("parameters", facts(**{f"worker_i_{number}__image": IMAGE for number in range(12)}))
        assert host.run("keep-swarm").returncode == 0
        assert all(
            entry["Spec"]["Labels"] == {"chef-hub.ready": "true"} for entry in host.get("nodes").values()
        )
        reads = [call for call in host.calls() if "get-parameters" in call]
        assert len(reads) == 3  # AWS answers for ten names a call, two a worker

    def test_a_worker_without_the_new_image_is_no_longer_ready(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1", **{"chef-hub.ready": "true"})})
        host.put("parameters", facts(worker_i_1__image="chef-hub/notebook:0"))
        assert "no longer ready" in host.run("keep-swarm").stderr
        assert host.get("nodes")["n1"]["Spec"]["Labels"] == {"chef-hub.ready": "false"}

    def test_drains_what_leaves_and_removes_it_when_it_has_left(self, host: Host) -> None:
        host.forget_program()
        host.put("nodes", {"n1": node("worker-i-1", **{"chef-hub.ready": "true"})})
        host.put("parameters", facts(worker_i_1__status=status("leaving"), worker_i_1__image=IMAGE))
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes")["n1"]["Spec"] == {
            "Availability": "drain",
            "Labels": {"chef-hub.ready": "false"},
        }
        assert host.forgotten() == []
        nodes = host.get("nodes")
        nodes["n1"]["Status"]["State"] = "down"
        host.put("nodes", nodes)
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes") == {}
        assert host.forgotten() == ["worker-i-1"]
        assert host.get("parameters") == {}

    def test_removes_what_died_in_silence_after_the_deadline_only(self, host: Host) -> None:
        host.forget_program()
        host.put("nodes", {"n1": node("worker-i-1", "down")})
        assert host.run("keep-swarm").returncode == 0
        assert list(host.get("nodes")) == ["n1"]
        long_ago = time.time() - 601
        os.utime(host.keeper / "down-n1", (long_ago, long_ago))
        assert "without a word" in host.run("keep-swarm").stderr
        assert host.get("nodes") == {}
        assert host.forgotten() == ["worker-i-1"]
        assert list(host.keeper.iterdir()) == []

    def test_the_deadline_starts_anew_when_a_node_comes_back(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1")})
        (host.keeper / "down-n1").touch()
        assert host.run("keep-swarm").returncode == 0
        assert not (host.keeper / "down-n1").exists()

    def test_a_node_that_joined_anew_keeps_its_chef_node(self, host: Host) -> None:
        host.forget_program()
        host.put("nodes", {"old": node("worker-i-1", "down"), "new": node("worker-i-1")})
        host.put("parameters", facts(worker_i_1__image=IMAGE))
        assert host.run("keep-swarm", CHEF_HUB_REAP_AFTER="0").returncode == 0
        assert list(host.get("nodes")) == ["new"]
        assert host.forgotten() == []
        assert host.get("parameters")

    def test_one_node_that_cannot_be_kept_does_not_stop_the_others(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1"), "n2": node("worker-i-2")})
        host.put("parameters", facts(worker_i_1__image=IMAGE, worker_i_2__image=IMAGE))
        host.put("stubborn-nodes", ["n1"])
        result = host.run("keep-swarm")
        assert result.returncode == 1
        assert "1 nodes could not be kept" in result.stderr
        assert "worker-i-1 is ready" not in result.stderr
        assert host.get("nodes")["n2"]["Spec"]["Labels"] == {"chef-hub.ready": "true"}

    def test_nothing_is_concluded_when_aws_does_not_answer(self, host: Host, tmp_path: Path) -> None:
        host.forget_program()
        host.put(
            "nodes",
            {"n1": node("worker-i-1", "down"), "n2": node("worker-i-2", **{"chef-hub.ready": "true"})},
        )
        broken = tmp_path / "aws-is-away"
        broken.touch()
        host.put("aws-broken", {"file": str(broken)})
        result = host.run("keep-swarm", CHEF_HUB_REAP_AFTER="0")
        assert result.returncode == 1
        assert "cannot read /chef-hub/worker-i-1/status" in result.stderr
        assert len(host.get("nodes")) == 2
        assert host.forgotten() == []

    def test_a_refusing_chef_server_is_told_and_does_not_keep_the_swarm_node(self, host: Host) -> None:
        host.forget_program(code=1)
        host.put("nodes", {"n1": node("worker-i-1", "down")})
        result = host.run("keep-swarm", CHEF_HUB_REAP_AFTER="0")
        assert result.returncode == 0
        assert "Chef node and client worker-i-1 could not be deleted" in result.stderr
        assert host.get("nodes") == {}

    def test_names_settings_that_are_missing(self, host: Host) -> None:
        result = host.run("keep-swarm", AWS_REGION="", STATE_DIRECTORY="")
        assert result.returncode == 1
        assert "AWS_REGION STATE_DIRECTORY not set" in result.stderr
