"""The rules against the installed classes and the page that shows them, so that no release brings a trait unseen."""

from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from hub_common.operator_files import read_operator_files
from hub_common.settings import SettingsError
from swarm_hub.settings import check_settings
from swarm_hub.spawner import HubSwarmSpawner
from swarm_hub.spawner_traits import closed_folders, trait_rules
from tests.support.trait_table import trait_table


def test_each_trait_of_the_spawner_has_a_rule() -> None:
    traits = set(HubSwarmSpawner.class_trait_names(config=True))
    rules = set(trait_rules(()))
    assert traits - rules == set(), "a new trait: decide whether it is used, used in part or refused"
    # Class attributes in SwarmSpawner, which DockerSpawner's documentation names as traits.
    assert rules - traits == {"mounts", "remove"}


def test_the_page_says_what_the_rules_say(project: Path) -> None:
    said = {name: cells[0] for name, cells in trait_table(project).items() if cells[0] != "-"}
    assert said == {name: rule.treatment for name, rule in trait_rules(()).items()}


def test_each_refusal_has_a_remedy() -> None:
    assert all(rule.remedy for rule in trait_rules(()).values() if rule.treatment == "refused")


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("mem_limit", "8G", "hub_user_memory_gib"),
        ("image", "other:1", "hub_notebook_image"),
        ("network_name", "host", "packet filters"),
        ("volumes", {"/mnt/chef-hub/users/bob": "/bob"}, "what is in /mnt/chef-hub/users"),
        ("volumes", {"/mnt/chef-hub/acme": "/acme"}, "what is in /mnt/chef-hub/acme"),
        ("read_only_volumes", {"/mnt/chef-hub": "/all"}, "what is in"),
        ("volumes", {"/mnt/chef-hub/groups": "/home/jovyan/.server.lock"}, "choose another path"),
        ("volumes", {"/mnt/chef-hub/groups": "/datasets"}, "choose another path"),
        ("mounts", [], "write c.HubSwarmSpawner.volumes"),
        ("extra_host_config", {"privileged": True}, "servers are Swarm services"),
        ("extra_container_spec", {"cap_add": ["SYS_ADMIN"]}, "the hub sets cap_add itself"),
        ("extra_container_spec", {"user": "root"}, "the hub sets user itself"),
        ("extra_container_spec", {"mounts": ["/:/x"]}, "write c.HubSwarmSpawner.volumes"),
        ("extra_container_spec", {"labels": {"chef-hub.user": "bob"}}, "is the hub's own"),
        ("extra_task_spec", {"networks": ["host"]}, "the hub sets networks itself"),
        ("extra_resources_spec", {"mem_limit": 1}, "hub_user_memory_gib"),
        ("extra_placement_spec", {"constraints": "node.role==manager"}, "list of texts"),
        ("extra_endpoint_spec", {"mode": "vip"}, "publishes no ports"),
        ("extra_create_kwargs", {"mode": "global"}, "the hub sets mode itself"),
        ("post_start_cmd", "true", "pre_spawn_hook"),
    ],
)
def test_what_would_weaken_a_server_is_refused(
    document: dict[str, Any], tmp_path: Path, trait: str, value: Any, words: str
) -> None:
    c = Config()
    c.Spawner.mem_limit = 2048
    rules = trait_rules(closed_folders(check_settings(document)))
    (tmp_path / "mine.py").write_text(f"c.HubSwarmSpawner.{trait} = {value!r}")
    with pytest.raises(SettingsError) as caught:
        read_operator_files(c, tmp_path, HubSwarmSpawner, rules)
    (mistake,) = caught.value.mistakes
    assert mistake.startswith(f"c.HubSwarmSpawner.{trait} = ")
    assert words in mistake


def test_the_mode_that_the_hub_uses_may_be_written_down(document: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("c.SwarmSpawner.extra_endpoint_spec = {'mode': 'dnsrr'}")
    read_operator_files(
        Config(), tmp_path, HubSwarmSpawner, trait_rules(closed_folders(check_settings(document)))
    )
