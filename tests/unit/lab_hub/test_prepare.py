"""What is made ready before the hub starts: files, secrets, the containers' network."""

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_common.settings import read_secrets
from lab_hub import prepare as prepare_module
from lab_hub.prepare import prepare, proxy_variables
from lab_hub.settings import LIVE_NAMES, MachineImage, check_settings
from lab_hub.stored_secrets import (
    parse_environment,
)
from tests.support.lab_engine import Networks
from tests.support.lab_parameters import Ssm

Run = Callable[[dict[str, Any]], Path]


@pytest.fixture
def run(tmp_path: Path, image: MachineImage, monkeypatch: pytest.MonkeyPatch) -> Run:
    engine = Networks()
    (tmp_path / "template").write_text("connect = @FILE_SYSTEM_NAME@:2049\n")
    monkeypatch.setattr(prepare_module, "connect", lambda: engine)
    monkeypatch.setattr(prepare_module, "_ssm", lambda _: Ssm(client_id="id", client_secret='very "se$cret'))

    def go(document: dict[str, Any]) -> Path:
        prepare(
            check_settings(document),
            image,
            state_folder=tmp_path / "state",
            run_folder=tmp_path / "run",
            agent_token_file=tmp_path / "agent-token",
            tunnel_template=tmp_path / "template",
        )
        return tmp_path

    return go


def variables(file: Path) -> dict[str, str]:
    return parse_environment(file.read_text())


def test_the_hub_gets_what_its_login_needs(run: Run, document: dict[str, Any]) -> None:
    document["hub"]["login"] = {"authenticator": "github", "allowed_users": ["ada"]}
    folder = run(document)
    settings = check_settings(document)
    secrets = read_secrets(variables(folder / "run/hub.env"), settings.hub.login, LIVE_NAMES)
    assert secrets.client_secret == 'very "se$cret'
    assert secrets.metrics_token


def test_variables_are_the_labs_own_and_what_an_earlier_release_made_is_kept(
    run: Run, document: dict[str, Any], tmp_path: Path
) -> None:
    """The token of who reads the metrics is in the operator's scrapers: it must not change with its name."""
    document["hub"]["login"] = {"authenticator": "github", "allowed_users": ["ada"]}
    made = dict.fromkeys(("CONFIGPROXY_AUTH_TOKEN", "JPY_COOKIE_SECRET", "JUPYTERHUB_CRYPT_KEY"), "ab" * 32)
    (tmp_path / "state").mkdir()
    kept = tmp_path / "state/secrets.json"
    kept.write_text(json.dumps({**made, "CHEF_HUB_METRICS_TOKEN": "of an earlier release"}))
    told = variables(run(document) / "run/hub.env")
    assert told["JUPYTERHUB_LAB_METRICS_TOKEN"] == "of an earlier release"
    assert {name: told[name] for name in made} == made
    assert set(told) == {
        *made,
        *(f"JUPYTERHUB_LAB_{name}" for name in ("METRICS_TOKEN", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET")),
    }
    assert set(json.loads(kept.read_text())) == {*made, "JUPYTERHUB_LAB_METRICS_TOKEN"}


def test_a_hub_is_started_with_the_variables_of_an_earlier_release(document: dict[str, Any]) -> None:
    """A converge replaces the hub's code; hub.env stays what it is until the next boot."""
    document["hub"]["login"] = {"authenticator": "github", "allowed_users": ["ada"]}
    key = "ab" * 32
    environment = {
        "CONFIGPROXY_AUTH_TOKEN": "token",
        "JPY_COOKIE_SECRET": key,
        "JUPYTERHUB_CRYPT_KEY": key,
        "CHEF_HUB_OAUTH_CLIENT_ID": "id",
        "CHEF_HUB_OAUTH_CLIENT_SECRET": "secret",
        "CHEF_HUB_METRICS_TOKEN": "metrics",
        "CHEF_HUB_DATABASE_URL": "postgresql://hub@db/hub",
    }
    secrets = read_secrets(environment, check_settings(document).hub.login, LIVE_NAMES)
    assert (secrets.client_id, secrets.client_secret) == ("id", "secret")
    assert (secrets.metrics_token, secrets.database_url) == ("metrics", "postgresql://hub@db/hub")
    both = {**environment, "JUPYTERHUB_LAB_OAUTH_CLIENT_ID": "newer"}
    assert read_secrets(both, check_settings(document).hub.login, LIVE_NAMES).client_id == "newer"


def test_the_proxy_gets_no_more_than_it_needs(run: Run, document: dict[str, Any]) -> None:
    folder = run(document)
    proxy = variables(folder / "run/proxy.env")
    assert set(proxy) == {"CONFIGPROXY_AUTH_TOKEN", "PROXY_PORT", "PROXY_KEEP_ALIVE", "HUB_URL"}
    assert proxy["CONFIGPROXY_AUTH_TOKEN"] == variables(folder / "run/hub.env")["CONFIGPROXY_AUTH_TOKEN"]


@pytest.mark.parametrize("idle", [60, 3600, 4000])
def test_the_proxy_keeps_connections_longer_than_the_balancer(
    document: dict[str, Any], image: MachineImage, idle: int
) -> None:
    settings = check_settings({**document, "idle_timeout_seconds": idle})
    assert int(proxy_variables(settings, image, "")["PROXY_KEEP_ALIVE"]) > idle * 1000


def test_secrets_are_made_once_and_for_root_alone(run: Run, document: dict[str, Any]) -> None:
    folder = run(document)
    before = [(folder / name).read_text() for name in ("run/hub.env", "agent-token")]
    run(document)
    assert [(folder / name).read_text() for name in ("run/hub.env", "agent-token")] == before
    for file in ("run/hub.env", "run/proxy.env", "run/efs.conf", "agent-token", "state/secrets.json"):
        assert stat.S_IMODE((folder / file).stat().st_mode) == 0o600, file
    for made in ("run", "state"):
        assert stat.S_IMODE((folder / made).stat().st_mode) == 0o700


def test_tunnel_and_mount_are_only_where_there_is_a_shared_file_system(
    run: Run, document: dict[str, Any]
) -> None:
    tunnel = run(document) / "run/efs.conf"
    assert tunnel.read_text() == "connect = fs-0123456789abcdef0.efs.us-east-1.amazonaws.com:2049\n"
    document["homes"]["file_system_id"] = None
    run(document)
    assert not tunnel.exists()


@pytest.mark.parametrize(
    ("region", "end"),
    [
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("eusc-de-east-1", "amazonaws.eu"),
    ],
)
def test_the_tunnel_leads_to_the_partition_of_the_region(
    run: Run, document: dict[str, Any], region: str, end: str
) -> None:
    tunnel = run({**document, "region": region}) / "run/efs.conf"
    assert tunnel.read_text() == f"connect = fs-0123456789abcdef0.efs.{region}.{end}:2049\n"


def test_wrong_settings_end_with_2_and_nothing_else_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_INSTANCE_FILE", str(tmp_path / "none.json"))
    monkeypatch.setattr(prepare_module, "AGENT_TOKEN_FILE", tmp_path / "agent-token")
    assert prepare_module.main() == 2
    # But for the agent's token: without it systemd does not start the agent, which lets go of such an instance.
    assert [file.name for file in tmp_path.iterdir()] == ["agent-token"]
