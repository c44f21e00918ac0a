import json
import os
import runpy
from pathlib import Path
from typing import Any

import pytest
from tornado import httpserver
from tornado.httputil import HTTPHeaders
from traitlets.config import Config

from hub_common.login import AUTHENTICATORS
from hub_common.services import StartedOnce
from hub_common.settings import Secrets, SettingsError
from lab_hub.configuration import AGENT_SCOPES, POOL_SCOPES, configure, trust_only_the_balancers_headers
from lab_hub.services import LabServices
from lab_hub.settings import MachineImage, check_settings
from lab_hub.spawner import LabDockerSpawner
from stacks.hub_sources import LAB_HUB

KEY = "ab" * 32


@pytest.fixture(autouse=True)
def _tornado(monkeypatch: pytest.MonkeyPatch) -> None:
    context = httpserver._HTTPRequestContext
    monkeypatch.setattr(context, "_apply_xheaders", context._apply_xheaders)  # put back afterwards


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "agent-token"
    file.write_text("agents-token\n")
    return file


def unused() -> LabServices:
    raise AssertionError("configuring starts nothing")


def configured(document: dict[str, Any], image: MachineImage, token: Path) -> Config:
    config = Config()
    configure(
        config,
        check_settings(document),
        image,
        Secrets(metrics_token="m"),
        services=StartedOnce(unused),
        agent_token_file=token,
    )
    return config


def test_every_option_is_one_that_jupyterhub_knows(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    """A misspelt option would be ignored without a word."""
    from jupyterhub.app import JupyterHub  # takes seconds: not for all who only collect this file
    from jupyterhub.proxy import ConfigurableHTTPProxy

    config = configured(document, image, token)
    assert set(config.JupyterHub) <= set(JupyterHub.class_trait_names())
    assert set(config.ConfigurableHTTPProxy) <= set(ConfigurableHTTPProxy.class_trait_names())
    spawner = set(LabDockerSpawner.class_trait_names())
    assert set(config.Spawner) | set(config.DockerSpawner) <= spawner


def test_links_are_https_and_cookies_stay_on_it(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    config = configured(document, image, token)
    assert config.JupyterHub.public_url == "https://lab.example.test/"
    assert config.JupyterHub.tornado_settings["cookie_options"]["secure"] is True


def test_the_hub_listens_for_proxy_and_containers_only(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    config = configured(document, image, token)
    assert config.JupyterHub.hub_bind_url == "http://100.96.0.1:8081"
    assert config.ConfigurableHTTPProxy.api_url == "http://127.0.0.1:8001"
    assert config.ConfigurableHTTPProxy.should_start is False


def test_servers_outlive_the_hub_and_stay_in_their_limits(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    config = configured(document, image, token)
    assert config.JupyterHub.cleanup_servers is False
    assert config.Spawner.mem_limit == 1.5 * 1024**3
    assert config.Spawner.cpu_limit == 1
    assert config.DockerSpawner.pull_policy == "never"


def test_the_agent_may_count_and_nothing_else(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    import jupyterhub.scopes

    config = configured(document, image, token)
    services = {service["name"]: service for service in config.JupyterHub.services}
    roles = {role["name"]: role for role in config.JupyterHub.load_roles}
    assert services["session-agent"] == {"name": "session-agent", "api_token": "agents-token"}
    assert roles["session-agent"]["scopes"] == [
        "list:users",
        "read:servers",
        "read:users:activity",
        "read:metrics",
    ]
    assert all(scope in jupyterhub.scopes.scope_definitions for scope in (*AGENT_SCOPES, *POOL_SCOPES))
    assert set(services) == {"session-agent", "keeper", "idle-culler", "metrics"}
    assert services["keeper"]["command"][-1] == "lab_hub.keeper"


def test_where_the_group_has_a_warm_pool_the_agent_may_forget_users(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    config = configured({**document, "launching_hook": "lab-launching"}, image, token)
    roles = {role["name"]: role for role in config.JupyterHub.load_roles}
    assert roles["session-agent"]["scopes"] == [*AGENT_SCOPES, *POOL_SCOPES]


def test_without_an_idle_time_nothing_is_culled(
    document: dict[str, Any], image: MachineImage, token: Path
) -> None:
    document["hub"]["idle_timeout_minutes"] = 0
    config = configured(document, image, token)
    assert "idle-culler" not in {service["name"] for service in config.JupyterHub.services}


def test_an_unprepared_instance_says_what_is_missing(
    document: dict[str, Any], image: MachineImage, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError, match="jupyterhub-lab-prepare makes it"):
        configured(document, image, tmp_path / "none")


def test_the_test_login_is_refused_on_a_public_address(
    document: dict[str, Any], image: MachineImage, token: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.getaddrinfo", _no_name)
    document["hub"]["login"] = {"authenticator": "test", "allow_test_login": True, "allow_all": True}
    assert configured(document, image, token).JupyterHub.authenticator_class == AUTHENTICATORS["test"]
    document["domain"] = "lab.example.org"
    with pytest.raises(SettingsError, match="authenticator = 'test' is refused"):
        configured(document, image, token)


def _no_name(*_: Any, **__: Any) -> None:
    raise OSError("no such name")


def seen(**headers: str) -> tuple[str, str]:
    trust_only_the_balancers_headers()
    context = object.__new__(httpserver._HTTPRequestContext)
    context.remote_ip, context.protocol, context.trusted_downstream = "127.0.0.1", "http", set()
    given = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    context._apply_xheaders(given)
    assert not {"X-Real-Ip", "Forwarded", "X-Scheme", "X-Forwarded-Host"} & set(given)
    return context.remote_ip, context.protocol


def test_only_the_balancer_is_believed() -> None:
    balancers = {"X_Forwarded_For": "6.6.6.6, 203.0.113.7", "X_Forwarded_Proto": "https"}
    assert seen(**balancers) == ("203.0.113.7", "https")
    forged = {"X_Real_Ip": "6.6.6.6", "X_Scheme": "http", "Forwarded": "for=6.6.6.6", "X_Forwarded_Host": "x"}
    assert seen(**balancers, **forged) == ("203.0.113.7", "https")
    assert seen() == ("127.0.0.1", "http")


def test_the_configuration_file_reads_what_first_boot_and_recipe_write(
    document: dict[str, Any],
    image: MachineImage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "instance.json").write_text(json.dumps(document))
    (tmp_path / "image.json").write_text(image.model_dump_json())
    (tmp_path / "token").write_text("t")
    environment = {
        "LAB_INSTANCE_FILE": f"{tmp_path}/instance.json",
        "LAB_IMAGE_FILE": f"{tmp_path}/image.json",
        "CONFIGPROXY_AUTH_TOKEN": "token",
        "JPY_COOKIE_SECRET": KEY,
        "JUPYTERHUB_CRYPT_KEY": KEY,
    }
    for name, value in environment.items():
        monkeypatch.setitem(os.environ, name, value)
    monkeypatch.setattr(configure, "__kwdefaults__", {"agent_token_file": tmp_path / "token"})
    config = Config()
    file = LAB_HUB / "jupyterhub_config.py"
    runpy.run_path(str(file), init_globals={"get_config": lambda: config})
    assert config.JupyterHub.spawner_class == "lab_hub.spawner.LabDockerSpawner"
    assert KEY not in str(config)

    folder = tmp_path / "jupyterhub_config.d"
    folder.mkdir()
    (folder / "mine.py").write_text("c.DockerSpawner.pull_policy = 'always'\nc.Spawner.args = ['--debug']")
    config = Config()
    runpy.run_path(str(file), init_globals={"get_config": lambda: config})
    assert config.DockerSpawner.pull_policy == "always"
    assert config.Spawner.args == ["--debug"]
    (folder / "other.py").write_text("c.DockerSpawner.remove = False")
    with pytest.raises(SettingsError, match=r"c\.DockerSpawner\.remove = False cannot be used"):
        runpy.run_path(str(file), init_globals={"get_config": Config})
