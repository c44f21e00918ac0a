import json
import os
import runpy
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from traitlets.config import Config

from hub_common.configuration import CULLER_SCOPES, KEEPER_SCOPES, SCRAPER_SCOPES
from hub_common.services import StartedOnce
from hub_common.settings import Secrets, SettingsError
from stacks.hub_sources import SWARM_HUB
from swarm_hub.configuration import configure
from swarm_hub.services import connected_services
from swarm_hub.settings import check_settings
from swarm_hub.user_domains import UserDomains

KEY = "ab" * 32


@pytest.fixture(autouse=True)
def _resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        aiohttp.connector, "DefaultResolver", aiohttp.connector.DefaultResolver
    )  # put back afterwards


def configured(document: dict[str, Any], secrets: Secrets | None = None) -> Config:
    config = Config()
    settings = check_settings(document)
    services = StartedOnce(lambda: connected_services(settings, UserDomains()))
    configure(config, settings, secrets or Secrets(), services=services, domains=UserDomains())
    return config


def test_servers_outlive_the_hub(document: dict[str, Any]) -> None:
    config = configured(document)
    assert config.JupyterHub.cleanup_servers is False
    assert config.JupyterHub.cleanup_proxy is False
    assert config.ConfigurableHTTPProxy.should_start is False
    assert config.Spawner.consecutive_failure_limit == 0


@pytest.mark.parametrize(
    ("wanted", "covered", "all_have_domains", "own", "shielded"),
    [
        ("auto", True, True, True, True),
        ("auto", True, False, True, False),  # a server on the hub's host would be sent the hub's cookie
        ("auto", False, True, False, False),
        ("off", True, True, False, False),
        ("on", True, True, True, True),
    ],
)
def test_users_have_domains_where_they_are_wanted_and_the_certificate_covers_them(
    document: dict[str, Any],
    wanted: str,
    covered: bool,
    all_have_domains: bool,
    own: bool,
    shielded: bool,
) -> None:
    document |= {"wildcard_certificate": covered, "hub": document["hub"] | {"user_domains": wanted}}
    config = Config()
    settings = check_settings(document)
    configure(
        config,
        settings,
        Secrets(),
        services=StartedOnce(lambda: connected_services(settings, UserDomains())),
        domains=UserDomains(own=settings.own_domains),
        all_have_domains=lambda: all_have_domains,
    )
    hub = document["hub_hostname"]
    assert config.JupyterHub.public_url == f"https://{hub}/"
    assert config.JupyterHub.subdomain_host == f"https://{hub}"
    host = config.JupyterHub.subdomain_hook("ada", hub, kind="user")
    assert host == (f"ada.{hub}" if own else hub)
    assert config.JupyterHub.cookie_host_prefix_enabled is shielded


def test_no_resolver_remembers_addresses(document: dict[str, Any]) -> None:
    config = configured(document)
    assert aiohttp.connector.DefaultResolver is aiohttp.ThreadedResolver
    assert config.JupyterHubHTTPClient.connector_options == {"use_dns_cache": False}


def test_every_option_is_one_that_jupyterhub_knows(document: dict[str, Any]) -> None:
    """A misspelt option would be ignored without a word."""
    from jupyterhub.app import JupyterHub  # takes seconds: not for all who only collect this file

    config = configured(document, Secrets(metrics_token="token"))
    assert set(config.JupyterHub) <= set(JupyterHub.class_trait_names())
    from swarm_hub.spawner import HubSwarmSpawner

    spawner = set(HubSwarmSpawner.class_trait_names())
    assert set(config.Spawner) <= spawner
    assert set(config.DockerSpawner) <= spawner


def test_the_hubs_own_time_out_is_the_last_resort(document: dict[str, Any]) -> None:
    limits = document["hub"] | {"start_timeout_seconds": 100, "growth_timeout_seconds": 200}
    document["hub"] = limits
    assert configured(document).Spawner.start_timeout > 300


def test_services_may_do_what_they_need_and_no_more(document: dict[str, Any]) -> None:
    import jupyterhub.scopes

    document["hub"]["idle_timeout_minutes"] = 30
    config = configured(document, Secrets(metrics_token="token"))
    roles = {role["name"]: role for role in config.JupyterHub.load_roles}
    assert {name: role["services"] for name, role in roles.items()} == {
        "keeper": ["keeper"],
        "idle-culler": ["idle-culler"],
        "metrics": ["metrics"],
    }
    for scopes in (CULLER_SCOPES, KEEPER_SCOPES, SCRAPER_SCOPES):
        assert all(scope.split("!")[0] in jupyterhub.scopes.scope_definitions for scope in scopes)
        assert not {"admin:users", "admin:servers", "inherit", "admin-ui"} & set(scopes)
    culler = next(service for service in config.JupyterHub.services if service["name"] == "idle-culler")
    assert "--timeout=1800" in culler["command"]
    keeper = next(service for service in config.JupyterHub.services if service["name"] == "keeper")
    assert keeper["environment"]["CHEF_HUB_NOTEBOOK_IMAGE"] == config.DockerSpawner.image
    assert keeper["environment"]["CHEF_HUB_NETWORK"] == config.DockerSpawner.network_name


def test_without_an_idle_time_nothing_is_culled(document: dict[str, Any]) -> None:
    document["hub"]["idle_timeout_minutes"] = 0
    config = configured(document)
    assert [service["name"] for service in config.JupyterHub.services] == ["keeper"]


def test_the_configuration_file_reads_what_chef_writes(
    document: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "settings.json").write_text(json.dumps(document))
    environment = {
        "CHEF_HUB_SETTINGS": f"{tmp_path}/settings.json",
        "CONFIGPROXY_AUTH_TOKEN": "token",
        "JPY_COOKIE_SECRET": KEY,
        "JUPYTERHUB_CRYPT_KEY": KEY,
    }
    for name, value in environment.items():
        monkeypatch.setitem(os.environ, name, value)
    config = Config()
    file = SWARM_HUB / "jupyterhub_config.py"
    runpy.run_path(str(file), init_globals={"get_config": lambda: config})
    assert config.JupyterHub.public_url == "https://notebooks.example.org/"
    assert KEY not in str(config)

    folder = tmp_path / "jupyterhub_config.d"
    folder.mkdir()
    (folder / "mine.py").write_text(
        "c.JupyterHub.services.append({'name': 'mine'})\nc.Spawner.args = ['--debug']"
    )
    config = Config()
    runpy.run_path(str(file), init_globals={"get_config": lambda: config})
    assert [service["name"] for service in config.JupyterHub.services][-1] == "mine"
    (folder / "other.py").write_text("c.Spawner.mem_limit = '100G'")
    with pytest.raises(SettingsError, match=r"c\.Spawner\.mem_limit = '100G' cannot be used"):
        runpy.run_path(str(file), init_globals={"get_config": Config})
