"""The leader's keeper: marks, drains and removes workers by what they publish."""

import json
import os
import time
from pathlib import Path

import pytest

from swarm_hub.images import image_label
from tests.cookbooks.program_host import IMAGE, PREFIX, Host, facts, node, status

OLD = "chef-hub/notebook:0"


def labels(*images: str) -> dict[str, str]:
    """Return the labels of a node that holds these images."""
    return {"chef-hub.ready": "true", **{image_label(image): "true" for image in images}}


class TestKeepSwarm:
    def test_labels_a_worker_with_the_images_that_it_holds(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1"), "n2": node("worker-i-2"), "n3": node("worker-i-3")})
        held = json.dumps({"images": [IMAGE, OLD], "failed": None})
        host.put("parameters", facts(worker_i_1__images=held, worker_i_1__image=IMAGE, worker_i_2__image=OLD))
        assert host.run("keep-swarm").returncode == 0
        nodes = host.get("nodes")
        assert nodes["n1"]["Spec"]["Labels"] == labels(IMAGE, OLD)
        assert nodes["n2"]["Spec"]["Labels"] == labels(OLD)  # all that an older version says
        assert nodes["n3"]["Spec"]["Labels"] == {}
        before = len(host.calls())
        again = host.run("keep-swarm")
        assert again.stderr == ""
        assert not [call for call in host.calls()[before:] if "update" in call]

    def test_many_workers_are_read_with_few_calls(self, host: Host) -> None:
        host.put("nodes", {f"n{number}": node(f"worker-i-{number}") for number in range(12)})
        host.put("parameters", facts(**{f"worker_i_{number}__image": IMAGE for number in range(12)}))
        assert host.run("keep-swarm").returncode == 0
        assert all(entry["Spec"]["Labels"] == labels(IMAGE) for entry in host.get("nodes").values())
        reads = [call for call in host.calls() if "get-parameters" in call]
        assert len(reads) == 5  # AWS answers for ten names a call, four a worker

    @pytest.mark.parametrize("said", ["worker_i_1__image", "worker_i_1__images"])
    def test_a_worker_without_the_new_image_keeps_every_label_that_servers_may_require(
        self, host: Host, said: str
    ) -> None:
        """Swarm ends at once what runs on a node that loses a label which it requires."""
        before = labels(IMAGE, OLD)
        host.put("nodes", {"n1": node("worker-i-1", **before)})
        host.put("notebooks", {"ada": {"image": OLD, "node": "n1"}, "grace": {"image": IMAGE, "node": "n1"}})
        only_new = "chef-hub/notebook:2"
        value = only_new if said.endswith("image") else json.dumps({"images": [only_new], "failed": None})
        host.put("parameters", facts(**{said: value}))
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes")["n1"]["Spec"]["Labels"] == before | labels(only_new)

    def test_the_label_of_an_image_that_a_worker_no_longer_offers_goes_when_nothing_there_uses_it(
        self, host: Host
    ) -> None:
        host.put("nodes", {"n1": node("worker-i-1", **labels(IMAGE, OLD))})
        host.put("notebooks", {"ada": {"image": OLD, "node": "n2"}})
        host.put("parameters", facts(worker_i_1__images=json.dumps({"images": [IMAGE], "failed": None})))
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes")["n1"]["Spec"]["Labels"] == labels(IMAGE)

    @pytest.mark.parametrize(
        "said", [{}, {"worker_i_1__image": IMAGE}, {"worker_i_1__images": '{"images": 1}'}]
    )
    def test_no_label_goes_while_a_worker_does_not_list_what_it_holds(
        self, host: Host, said: dict[str, str]
    ) -> None:
        host.put("nodes", {"n1": node("worker-i-1", **labels(IMAGE, OLD))})
        host.put("parameters", facts(**said))
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes")["n1"]["Spec"]["Labels"] == labels(IMAGE, OLD)

    def test_a_worker_that_an_older_version_took_for_not_ready_is_opened_again(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1", **{"chef-hub.ready": "false"})})
        host.put("parameters", facts(worker_i_1__image=OLD))
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes")["n1"]["Spec"]["Labels"] == labels(OLD)

    def test_publishes_which_images_servers_use_once_for_each_change(self, host: Host) -> None:
        name = f"{PREFIX}/swarm/images"
        host.put("notebooks", {"ada": {"image": OLD, "node": "n1"}, "bob": {"image": OLD, "node": "n1"}})
        for _ in range(2):
            assert host.run("keep-swarm").returncode == 0
        assert json.loads(host.get("parameters")[name]["Value"]) == [OLD]
        assert len([call for call in host.calls() if "put-parameter" in call]) == 1
        host.put("notebooks", {})
        assert host.run("keep-swarm").returncode == 0
        assert json.loads(host.get("parameters")[name]["Value"]) == []

    def test_what_a_worker_says_in_no_known_form_changes_nothing(self, host: Host) -> None:
        host.put("nodes", {"n1": node("worker-i-1", **labels(OLD))})
        host.put("parameters", facts(worker_i_1__images="[broken"))
        result = host.run("keep-swarm")
        assert "worker-i-1/images is no JSON" in result.stderr
        assert host.get("nodes")["n1"]["Spec"]["Labels"] == labels(OLD)

    def test_drains_what_leaves_and_removes_it_when_it_has_left(self, host: Host) -> None:
        host.forget_program()
        host.put("nodes", {"n1": node("worker-i-1", **{"chef-hub.ready": "true"})})
        host.put("parameters", facts(worker_i_1__status=status("leaving"), worker_i_1__image=IMAGE))
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes")["n1"]["Spec"] == {
            "Availability": "drain",
            "Labels": {"chef-hub.ready": "true"},
        }
        assert host.forgotten() == []
        nodes = host.get("nodes")
        nodes["n1"]["Status"]["State"] = "down"
        host.put("nodes", nodes)
        assert host.run("keep-swarm").returncode == 0
        assert host.get("nodes") == {}
        assert host.forgotten() == ["worker-i-1"]
        assert list(host.get("parameters")) == [f"{PREFIX}/swarm/images"]

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
        assert not list(host.keeper.glob("down-*"))

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
        assert host.get("nodes")["n2"]["Spec"]["Labels"] == labels(IMAGE)

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


class TestEngineThatWaits:
    WAITING = json.dumps({"state": "waiting", "why": "the settings"})

    def availability(self, host: Host) -> dict[str, str]:
        return {name: entry["Spec"]["Availability"] for name, entry in host.get("nodes").items()}

    def test_one_worker_after_the_other_takes_no_new_users(self, host: Host) -> None:
        held = labels(IMAGE)
        host.put("nodes", {f"n{number}": node(f"worker-i-{number}", **held) for number in (1, 2, 3)})
        waiting = facts(worker_i_1__engine=self.WAITING, worker_i_2__engine=self.WAITING)
        host.put("parameters", waiting)
        for _ in range(2):
            assert host.run("keep-swarm").returncode == 0
        assert self.availability(host) == {"n1": "pause", "n2": "active", "n3": "active"}
        host.put("parameters", {**waiting, **facts(worker_i_1__engine=json.dumps({"state": "settled"}))})
        for _ in range(2):
            assert host.run("keep-swarm").returncode == 0
        assert self.availability(host) == {"n1": "active", "n2": "pause", "n3": "active"}

    def test_the_only_worker_goes_on_and_what_others_have_paused_stays_so(self, host: Host) -> None:
        paused = node("worker-i-2", **labels(IMAGE))
        paused["Spec"]["Availability"] = "pause"
        host.put("nodes", {"n1": node("worker-i-1", **labels(IMAGE)), "n2": paused})
        host.put(
            "parameters", facts(worker_i_1__engine=self.WAITING, worker_i_2__engine='{"state": "settled"}')
        )
        assert host.run("keep-swarm").returncode == 0
        assert self.availability(host) == {"n1": "active", "n2": "pause"}
