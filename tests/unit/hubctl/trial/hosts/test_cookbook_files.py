"""What the trial takes from the cookbooks must be there, and be understood, whenever they change."""

import json
import re
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts import cookbook_files as cookbooks
from swarm_hub.settings import check_settings


def test_all_programs_and_the_hubs_package_are_there() -> None:
    assert all(file.is_file() for file in cookbooks.programs().values())
    package = cookbooks.hub_package()
    assert "/etc/jupyterhub/hub/jupyterhub_config.py" in package
    assert "/etc/jupyterhub/hub/swarm_hub/spawner.py" in package
    assert "/etc/jupyterhub/hub/hub_common/access.py" in package
    assert "/etc/jupyterhub/hub/hub_common/templates/error.html" in package
    assert "/etc/jupyterhub/jupyterhub_config.d/README.md" in package


def test_the_site_is_filled_in_completely() -> None:
    site = cookbooks.nginx_site("notebooks.hub.test")
    assert "<%" not in site
    assert "server_name notebooks.hub.test;" in site
    assert "server 127.0.0.1:8000;" in site
    assert "max-age=31536000" in site
    assert "proxy_read_timeout 86400s;" in site


def test_nginx_has_room_for_the_longest_name_that_dns_allows() -> None:
    """Case 11: with nginx's own size, 64 octets, it does not start with a name of more than 46.

    https://nginx.org/en/docs/hash.html: a bucket holds an element and its end.
    """
    size = re.search(
        r"^server_names_hash_bucket_size (\d+);$", cookbooks.nginx_site("hub.test"), re.MULTILINE
    )
    assert size is not None
    longest = len("*.") + 253
    assert 8 + (longest + 2 + 7) // 8 * 8 + 8 <= int(size[1])


def test_a_template_that_wants_more_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site = "nginx_proxy/templates/default/hub-site.conf.erb"
    for name, text in ((site, "listen <%= @site.port %>;\n"), ("nginx_proxy/attributes/default.rb", "")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(cookbooks, "COOKBOOKS", tmp_path)
    with pytest.raises(HubctlError, match=r"hub-site\.conf\.erb uses"):
        cookbooks.nginx_site("notebooks.hub.test")


def test_the_proxy_starts_as_the_recipe_says() -> None:
    command = cookbooks.proxy_command()
    assert command[0] == "configurable-http-proxy"
    assert command[command.index("--api-port") + 1] == "8001"


def test_settings_are_those_that_the_hub_accepts() -> None:
    attributes = cookbooks.contract(max_users=3, login={"authenticator": "none"})
    settings = check_settings(cookbooks.hub_settings_file(attributes, "chef-hub"))
    assert settings.hub.max_users == 3


def test_settings_and_variables_have_the_names_of_the_cookbooks_libraries() -> None:
    library = (cookbooks.COOKBOOKS / "jupyterhub/libraries/hub_settings.rb").read_text()
    settings = cookbooks.hub_settings_file(cookbooks.contract(), "chef-hub")
    assert all(f"'{name}'" in library for name in settings)
    library = (cookbooks.COOKBOOKS / "hub_node/libraries/environment_file.rb").read_text()
    variables = cookbooks.program_environment(
        {**cookbooks.contract(notebook_image="notebook"), "launching_hook": "launching"}, "leader", {}
    )
    assert set(re.findall(r"^ +'([A-Z_]+)' =>", library, re.MULTILINE)) == set(variables)


def test_the_contract_is_changed_only_where_asked() -> None:
    golden = json.loads((cookbooks.COOKBOOKS / "contract/golden.json").read_text())["chef_hub"]
    changed = cookbooks.contract(max_users=7)
    assert changed["hub"] == {**golden["hub"], "max_users": 7}
    assert changed["efs"] == golden["efs"]


def test_attributes_are_read_from_the_cookbooks() -> None:
    assert cookbooks.attribute("docker_swarm", "leader_availability") == "active"
    assert cookbooks.attribute("docker_swarm", "join_deadline") == "900"
