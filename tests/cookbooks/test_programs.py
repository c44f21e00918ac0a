"""Programs that the cookbooks install: run for real, with stand-ins of docker, aws and curl."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cookbooks.program_host import IMAGE, PREFIX, TOKEN, Host, facts

OLD = "chef-hub/notebook:0"
OLDER = "chef-hub/notebook:old"


def offered(host: Host) -> Any:
    """Return what the worker says that it holds, and the one image that older versions of the leader read."""
    parameters = host.get("parameters")
    one = parameters.get(f"{PREFIX}/worker-i-1/image", {}).get("Value")
    return {**json.loads(parameters[f"{PREFIX}/worker-i-1/images"]["Value"]), "image": one}


def in_use(*images: str) -> dict[str, dict[str, str]]:
    return facts(swarm__images=json.dumps(images))


class TestOfferWorker:
    def test_pulls_then_tells(self, host: Host) -> None:
        assert host.run("offer-worker").returncode == 0
        assert host.get("images") == [IMAGE]
        assert offered(host) == {"images": [IMAGE], "failed": None, "image": IMAGE}
        before = len(host.calls())
        assert host.run("offer-worker").returncode == 0
        later = [call[:3] for call in host.calls()[before:]]
        assert ["docker", "pull", "--quiet"] not in later
        assert not [call for call in host.calls()[before:] if "put-parameter" in call]

    def test_a_new_worker_offers_nothing_until_a_container_on_it_reaches_the_hub(self, host: Host) -> None:
        host.put("probe", (1, 99))
        result = host.run("offer-worker", CHEF_HUB_REACH_SECONDS="2", CHEF_HUB_NETWORK="servers")
        assert result.returncode == 1
        assert (
            "no container here reaches the hub at http://jupyterhub:8081/hub/api in the network servers"
            in (result.stderr)
        )
        assert offered(host) == {"images": [], "failed": None, "image": None}
        host.put("probe", (1, 1))
        assert host.run("offer-worker").returncode == 0
        assert offered(host) == {"images": [IMAGE], "failed": None, "image": IMAGE}

    def test_a_worker_that_has_users_does_not_wait_for_the_hub(self, host: Host) -> None:
        assert host.run("offer-worker").returncode == 0
        host.put("probe", (1, 99))
        assert host.run("offer-worker", CHEF_HUB_REACH_SECONDS="2").returncode == 0

    def test_an_image_without_python_cannot_ask_and_is_offered(self, host: Host) -> None:
        host.put("probe", (127, 99))
        assert host.run("offer-worker", CHEF_HUB_REACH_SECONDS="2").returncode == 0
        assert offered(host)["images"] == [IMAGE]

    def test_an_image_that_cannot_be_pulled_leaves_a_new_worker_empty_and_says_so(self, host: Host) -> None:
        host.put("missing-images", [IMAGE])
        result = host.run("offer-worker")
        assert result.returncode == 1
        assert (
            f"the image {IMAGE} cannot be pulled: Error response from daemon: manifest unknown"
            in result.stderr
        )
        assert f"{IMAGE} is not here: no users are sent here" in result.stderr
        assert offered(host) == {"images": [], "failed": IMAGE, "image": None}

    def test_an_image_that_cannot_be_pulled_leaves_the_worker_serving_the_one_before(
        self, host: Host
    ) -> None:
        """What a version without a list has published is the one before."""
        host.put("images", [OLD])
        host.put("parameters", facts(worker_i_1__image=OLD))
        host.put("missing-images", [IMAGE])
        result = host.run("offer-worker")
        assert result.returncode == 1
        assert f"{IMAGE} is not here: users go on with {OLD}" in result.stderr
        assert offered(host) == {"images": [OLD], "failed": IMAGE, "image": OLD}
        host.put("missing-images", [])
        assert host.run("offer-worker").returncode == 0
        assert offered(host) == {"images": [IMAGE, OLD], "failed": None, "image": IMAGE}

    def test_servers_of_other_workers_can_move_here(self, host: Host) -> None:
        host.put("parameters", in_use(OLD, "chef-hub/notebook:gone"))
        host.put("missing-images", ["chef-hub/notebook:gone"])
        result = host.run("offer-worker", CHEF_HUB_EXTRA_PULL_SECONDS="2")
        assert result.returncode == 0
        assert "chef-hub/notebook:gone, which servers elsewhere use, cannot be pulled" in result.stderr
        assert offered(host) == {"images": [IMAGE, OLD], "failed": None, "image": IMAGE}

    def test_old_images_are_told_to_be_gone_before_they_are_deleted(self, host: Host) -> None:
        host.put("images", ["other/image:1"])
        for image in (OLDER, OLD, IMAGE):
            host.put("parameters", {**host.get("parameters"), **in_use()})
            assert host.run("offer-worker", CHEF_HUB_NOTEBOOK_IMAGE=image).returncode == 0
        assert offered(host)["images"] == [IMAGE, OLD, OLDER]
        assert host.run("offer-worker").returncode == 0
        assert offered(host)["images"] == [IMAGE, OLD]
        assert OLDER in host.get("images")
        assert "deleted chef-hub/notebook:old" in host.run("offer-worker").stderr
        assert sorted(host.get("images")) == [OLD, IMAGE, "other/image:1"]

    @pytest.mark.parametrize(
        "known", [in_use(OLDER), {}], ids=["a server uses it", "the leader does not say"]
    )
    def test_an_image_that_may_be_in_use_is_kept(self, host: Host, known: dict[str, Any]) -> None:
        for image in (OLDER, OLD, IMAGE, IMAGE, IMAGE):
            host.put("parameters", {**host.get("parameters"), **known})
            assert host.run("offer-worker", CHEF_HUB_NOTEBOOK_IMAGE=image).returncode == 0
        assert sorted(offered(host)["images"]) == sorted([IMAGE, OLD, OLDER])
        assert OLDER in host.get("images")

    @pytest.mark.parametrize(
        ("registry", "ours"),
        [
            ("123456789012.dkr.ecr.us-gov-west-1.amazonaws.com", True),
            ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", True),
            ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", True),
            ("quay.io", False),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com.example", False),
        ],
    )
    def test_registries_of_all_partitions_get_the_password_and_no_others(
        self, host: Host, registry: str, ours: bool
    ) -> None:
        assert host.run("offer-worker", CHEF_HUB_NOTEBOOK_IMAGE=f"{registry}/notebook:1").returncode == 0
        assert bool(host.get("login")) == ours

    def test_the_registry_password_goes_by_standard_input(self, host: Host) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/notebook:1"
        assert host.run("offer-worker", CHEF_HUB_NOTEBOOK_IMAGE=image).returncode == 0
        assert host.get("login").strip() == "registry-password"
        assert "registry-password" not in json.dumps(host.calls())


class TestPullImage:
    def test_an_image_that_is_here_is_not_asked_for_at_the_registry(self, host: Host) -> None:
        host.put("images", [IMAGE])
        assert host.run("pull-image", IMAGE).returncode == 0
        assert not [call for call in host.calls() if call[:2] == ["docker", "pull"]]

    def test_an_image_that_does_not_exist_is_told_within_seconds(self, host: Host) -> None:
        host.put("missing-images", [IMAGE])
        result = host.run("pull-image", IMAGE)
        assert result.returncode == 1
        assert (
            f"the image {IMAGE} cannot be pulled: Error response from daemon: manifest unknown"
            in result.stderr
        )
        assert len([call for call in host.calls() if call[:2] == ["docker", "pull"]]) == 3

    def test_an_image_that_lacks_what_it_is_for_is_found(self, host: Host) -> None:
        host.put("lacking", {IMAGE: ["jupyterhub"]})
        assert host.run("pull-image", IMAGE, "configurable-http-proxy").returncode == 0
        result = host.run("pull-image", IMAGE, "configurable-http-proxy", "jupyterhub")
        assert result.returncode == 1
        assert f"the image {IMAGE} does not run `jupyterhub --version`" in result.stderr
        assert "executable file not found" in result.stderr


class TestPruneImages:
    HUB = "registry.test:5000/hub"

    def prune(self, host: Host, wanted: str) -> str:
        result = host.run("prune-images", str(host.state / "lists/hub"), wanted)
        assert result.returncode == 0, result.stderr
        return result.stderr

    def test_all_but_the_wanted_image_and_the_one_before_go(self, host: Host) -> None:
        images = [f"{self.HUB}:{number}" for number in range(4)]
        host.put("images", [*images, "registry.test:5000/hub2:1"])
        host.put("used-images", [images[1]])
        for wanted in (images[2], images[3], images[3]):
            self.prune(host, wanted)
        # 0 and 1 were pulled before anything was written down; a container uses 1.
        assert host.get("images") == [*images[1:], "registry.test:5000/hub2:1"]

    def test_an_image_that_is_not_here_yet_counts_for_nothing(self, host: Host) -> None:
        host.put("images", [f"{self.HUB}:1"])
        for _ in range(3):
            self.prune(host, f"{self.HUB}:2")
        assert host.get("images") == [f"{self.HUB}:1"]

    def test_what_is_wanted_again_stays(self, host: Host) -> None:
        one, two, three = (f"{self.HUB}:{number}" for number in (1, 2, 3))
        host.put("images", [one, two, three])
        for wanted in (one, two, three):
            self.prune(host, wanted)
        for _ in range(2):
            self.prune(host, one)
        assert one in host.get("images")


class TestRotateToken:
    def test_publishes_the_new_token_without_showing_it(self, host: Host) -> None:
        host.put("swarm", {"LocalNodeState": "active", "ControlAvailable": True})
        result = host.run("rotate-swarm-token")
        assert result.returncode == 0, result.stderr
        published = host.get("parameters")[f"{PREFIX}/swarm/worker-token"]
        assert published["Type"] == "SecureString"
        assert published["Value"].startswith("SWMTKN-1-")
        assert published["Value"] != TOKEN
        assert "SWMTKN" not in json.dumps(host.calls()) + result.stdout + result.stderr

    def test_fails_on_a_node_that_leads_no_swarm(self, host: Host) -> None:
        result = host.run("rotate-swarm-token")
        assert result.returncode == 1
        assert "not a swarm manager" in result.stderr
        assert host.get("parameters") == {}


class TestHubCredentials:
    ROLE = "meta-data/iam/security-credentials/"

    def give(self, host: Host, **changes: Any) -> None:
        document = {
            "AccessKeyId": "AKIA",
            "SecretAccessKey": "s3cret",
            "Token": "t0ken",
            "Expiration": "2026-01-01",
        }
        held = {name: value for name, value in {**document, **changes}.items() if value is not None}
        host.put(
            "metadata", {"api/token": "imds-token", self.ROLE: "hub", f"{self.ROLE}hub": json.dumps(held)}
        )

    def test_writes_them_for_root_alone_in_the_form_of_the_sdks(self, host: Host) -> None:
        self.give(host)
        result = host.run("refresh-hub-credentials")
        assert result.returncode == 0, result.stderr
        file = host.credentials / "credentials.json"
        assert json.loads(file.read_text(encoding="utf-8")) == {
            "Version": 1,
            "AccessKeyId": "AKIA",
            "SecretAccessKey": "s3cret",
            "SessionToken": "t0ken",
            "Expiration": "2026-01-01",
        }
        assert file.stat().st_mode & 0o777 == 0o600
        assert host.credentials.stat().st_mode & 0o777 == 0o700
        shown = json.dumps(host.calls()) + result.stdout + result.stderr
        assert "imds-token" not in shown
        assert "s3cret" not in shown

    def test_keeps_the_last_good_ones(self, host: Host) -> None:
        self.give(host)
        host.run("refresh-hub-credentials")
        self.give(host, Token=None)
        (host.programs / "node-common.sh").write_text(
            (host.programs / "node-common.sh").read_text().replace("SECONDS + $2", "SECONDS + 2")
        )
        result = host.run("refresh-hub-credentials")
        assert result.returncode == 1
        assert "has this instance a role" in result.stderr
        assert json.loads((host.credentials / "credentials.json").read_text())["SessionToken"] == "t0ken"


@pytest.fixture
def iptables(host: Host, tmp_path: Path) -> Callable[[], list[str]]:
    """Put a packet filter that remembers its rules on PATH; return what reads them."""
    rules = tmp_path / "rules"
    rules.touch()
    for tool in ("iptables", "ip6tables"):
        path = host.commands / tool
        path.write_text(
            "#!/bin/bash\n"
            'shift 4; verb=$1; shift; rule="' + tool + ' $*"\n'
            f'case $verb in -C) grep -qxF -- "$rule" {rules} ;; -A) echo "$rule" >>{rules} ;;\n'
            f'-D) grep -vxF -- "$rule" {rules} >{rules}.new; mv {rules}.new {rules} ;; esac\n',
            encoding="utf-8",
        )
        path.chmod(0o755)
    return lambda: rules.read_text(encoding="utf-8").splitlines()


def test_block_metadata_sets_its_rule_once_and_lifts_it(
    host: Host, iptables: Callable[[], list[str]]
) -> None:
    for _ in range(2):
        assert host.run("block-metadata", "add", "169.254.169.254").returncode == 0
    (rule,) = iptables()
    assert rule.startswith("iptables PREROUTING -d 169.254.169.254 ")
    assert rule.endswith("-j DROP")
    assert host.run("block-metadata", "remove", "169.254.169.254").returncode == 0
    assert iptables() == []


def test_block_metadata_closes_a_port_of_every_address(host: Host, iptables: Callable[[], list[str]]) -> None:
    closed = ("169.254.169.254", "tcp/2049")
    assert host.run("block-metadata", "add", *closed).returncode == 0
    (nfs,) = [rule for rule in iptables() if rule.startswith("iptables PREROUTING -p tcp --dport 2049 ")]
    assert nfs.endswith("-j DROP")
    assert host.run("block-metadata", "remove", *closed).returncode == 0
    assert iptables() == []


def test_block_metadata_refuses_nonsense(host: Host, iptables: Callable[[], list[str]]) -> None:
    assert host.run("block-metadata", "add").returncode == 1
    assert host.run("block-metadata", "open", "169.254.169.254").returncode == 1
    assert iptables() == []
