"""Programs that the cookbooks install: run for real, with stand-ins of docker, aws and curl."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
PREFIX = "/chef-hub"
IMAGE = "chef-hub/notebook:1"
TOKEN = f"SWMTKN-1-{'a' * 49}-{'b' * 25}"


class Host:
    """A folder with the programs as Chef installs them, stand-ins on PATH, and what those remember."""

    def __init__(self, folder: Path, cookbooks: Path) -> None:
        for tool in ("jq", "timeout", "bash", "awk"):
            assert shutil.which(tool), f"{tool} is missing: install the packages that .ci/apt-packages lists"
        self.programs = folder / "programs"
        self.state = folder / "state"
        self.keeper = folder / "keeper"
        self.credentials = folder / "credentials"
        for path in (self.programs, self.state, self.keeper):
            path.mkdir()
        for path in cookbooks.glob("*/files/default/*"):
            if path.is_file():
                shutil.copy(path, self.programs / path.name)
        self.commands = folder / "commands"
        subprocess.run(
            [sys.executable, str(HERE / "fakes/install.py"), str(self.commands)], check=True, timeout=60
        )

    def put(self, name: str, value: Any) -> None:
        (self.state / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")

    def get(self, name: str) -> Any:
        path = self.state / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

    def calls(self) -> list[list[str]]:
        log = self.state / "calls.jsonl"
        return (
            [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
            if log.exists()
            else []
        )

    def forget_program(self, code: int = 0) -> None:
        """Put a stand-in in the place of the program that Chef writes from a template."""
        path = self.programs / "forget-chef-node"
        path.write_text(f'#!/bin/sh\necho "$@" >>{self.state}/forgotten\nexit {code}\n', encoding="utf-8")
        path.chmod(0o755)

    def forgotten(self) -> list[str]:
        path = self.state / "forgotten"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def run(self, program: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.commands}:{os.environ['PATH']}",
            "HOME": str(self.state),
            "FAKE_STATE": str(self.state),
            "AWS_REGION": "us-east-1",
            "CHEF_HUB_PREFIX": PREFIX,
            "CHEF_HUB_NODE": "worker-i-1",
            "CHEF_HUB_NOTEBOOK_IMAGE": IMAGE,
            "CHEF_HUB_REAP_AFTER": "600",
            "STATE_DIRECTORY": str(self.keeper),
            "CREDENTIALS_FOLDER": str(self.credentials),
            **settings,
        }
        return subprocess.run(
            [shutil.which("bash") or "", str(self.programs / program), *arguments],
            env={name: value for name, value in environment.items() if value},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def host(tmp_path: Path, cookbooks: Path) -> Host:
    return Host(tmp_path, cookbooks)


def node(name: str, state: str = "ready", **labels: str) -> dict[str, Any]:
    return {
        "Status": {"State": state},
        "Spec": {"Availability": "active", "Labels": labels},
        "Description": {"Engine": {"Labels": {"chef-hub.node": name} if name else {}}},
    }


def facts(**values: str) -> dict[str, dict[str, str]]:
    return {
        f"{PREFIX}/{name.replace('__', '/').replace('_', '-')}": {"Type": "String", "Value": value}
        for name, value in values.items()
    }


def status(state: str) -> str:
    return json.dumps({"state": state})


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


def test_block_metadata_refuses_nonsense(host: Host, iptables: Callable[[], list[str]]) -> None:
    assert host.run("block-metadata", "add").returncode == 1
    assert host.run("block-metadata", "open", "169.254.169.254").returncode == 1
    assert iptables() == []


class TestRenewCertificate:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, str]:
        folder = tmp_path / "nginx"
        folder.mkdir()
        (folder / "fullchain.pem").write_text("self-signed")
        return {
            "HUB_HOSTNAME": "notebooks.example.org",
            "ACME_STATE": str(tmp_path / "acme"),
            "ACME_WEBROOT": str(tmp_path / "webroot"),
            "CERTIFICATE_FOLDER": str(folder),
        }

    def certbot(self, host: Host, settings: dict[str, str], *, code: int = 0) -> None:
        """Put an ACME client on PATH that issues unless it fails."""
        live = f"{settings['ACME_STATE']}/config/live/{settings['HUB_HOSTNAME']}"
        issue = f"mkdir -p {live}; echo chain >{live}/fullchain.pem; echo key >{live}/privkey.pem"
        path = host.commands / "certbot"
        path.write_text(
            f'#!/bin/sh\necho "$@" >>{host.state}/certbot\n{issue if code == 0 else ":"}\nexit {code}\n',
            encoding="utf-8",
        )
        path.chmod(0o755)

    def test_gives_an_issued_certificate_to_nginx_once(self, host: Host, settings: dict[str, str]) -> None:
        host.put("packages", ["nginx"])
        self.certbot(host, settings)
        folder = Path(settings["CERTIFICATE_FOLDER"])
        result = host.run("renew-certificate", **settings)
        assert result.returncode == 0, result.stderr
        assert (folder / "fullchain.pem").read_text() == "chain\n"
        assert (folder / "privkey.pem").stat().st_mode & 0o777 == 0o600
        assert ["systemctl", "reload-or-restart", "nginx.service"] in host.calls()
        before = len(host.calls())
        assert host.run("renew-certificate", **settings).returncode == 0
        assert ["systemctl", "reload-or-restart", "nginx.service"] not in host.calls()[before:]
        asked = (host.state / "certbot").read_text()
        assert "--keep-until-expiring" in asked
        assert "--register-unsafely-without-email" in asked

    def test_asks_the_given_authority_in_the_given_name(self, host: Host, settings: dict[str, str]) -> None:
        host.put("packages", ["nginx"])
        self.certbot(host, settings)
        given = {"ACME_CONTACT": "operations@example.org", "ACME_DIRECTORY": "https://ca.example.org/acme"}
        assert host.run("renew-certificate", **settings, **given).returncode == 0
        asked = (host.state / "certbot").read_text()
        assert "--email operations@example.org" in asked
        assert "--server https://ca.example.org/acme" in asked

    def test_a_failure_is_told_and_keeps_what_nginx_has(self, host: Host, settings: dict[str, str]) -> None:
        self.certbot(host, settings, code=1)
        result = host.run("renew-certificate", **settings)
        assert result.returncode == 1
        assert "does the name lead to this host" in result.stderr
        assert (Path(settings["CERTIFICATE_FOLDER"]) / "fullchain.pem").read_text() == "self-signed"

    def test_a_rebuilt_leader_uses_what_the_shared_file_system_holds(
        self, host: Host, settings: dict[str, str]
    ) -> None:
        host.put("packages", ["nginx"])
        live = Path(settings["ACME_STATE"]) / "config/live" / settings["HUB_HOSTNAME"]
        live.mkdir(parents=True)
        (live / "fullchain.pem").write_text("issued before")
        (live / "privkey.pem").write_text("key")
        self.certbot(host, settings, code=1)
        assert host.run("renew-certificate", **settings).returncode == 1
        assert (Path(settings["CERTIFICATE_FOLDER"]) / "fullchain.pem").read_text() == "issued before"
