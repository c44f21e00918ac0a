"""Programs that the cookbooks install: run for real, with stand-ins of docker, aws and curl."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cookbooks.program_host import IMAGE, PREFIX, TOKEN, Host, facts


class TestOfferWorker:
    def test_pulls_then_tells(self, host: Host) -> None:
        assert host.run("offer-worker").returncode == 0
        assert host.get("images") == [IMAGE]
        assert host.get("parameters") == facts(worker_i_1__image=IMAGE)
        before = len(host.calls())
        assert host.run("offer-worker").returncode == 0
        later = [call[:3] for call in host.calls()[before:]]
        assert ["docker", "pull", "--quiet"] not in later
        assert not [call for call in host.calls()[before:] if "put-parameter" in call]

    def test_says_nothing_of_an_image_that_cannot_be_pulled(self, host: Host) -> None:
        host.put("missing-images", [IMAGE])
        result = host.run("offer-worker", CHEF_HUB_PULL_SECONDS="2")
        assert result.returncode == 1
        assert f"{IMAGE} is not here: users are not sent here" in result.stderr
        assert host.get("parameters") == {}

    def test_the_registry_password_goes_by_standard_input(self, host: Host) -> None:
        image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/notebook:1"
        assert host.run("offer-worker", CHEF_HUB_NOTEBOOK_IMAGE=image).returncode == 0
        assert host.get("login").strip() == "registry-password"
        assert "registry-password" not in json.dumps(host.calls())


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
