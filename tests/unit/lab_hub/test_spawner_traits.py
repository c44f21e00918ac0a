"""The rules against the installed classes and the page that shows them, so that no release brings a trait unseen."""

from pathlib import Path
from typing import Any

import pytest
from traitlets.config import Config

from hub_common.operator_files import read_operator_files
from hub_common.settings import SettingsError
from lab_hub.settings import check_settings
from lab_hub.spawner import LabDockerSpawner
from lab_hub.spawner_traits import closed_folders, trait_rules
from tests.support.trait_table import trait_table


def test_each_trait_of_the_spawner_has_a_rule() -> None:
    traits = set(LabDockerSpawner.class_trait_names(config=True))
    rules = set(trait_rules(()))
    assert traits - rules == set(), "a new trait: decide whether it is used, used in part or refused"

    assert rules - traits == set()


def test_the_page_says_what_the_rules_say(project: Path) -> None:
    said = {name: cells[1] for name, cells in trait_table(project).items() if cells[1] != "-"}
    assert said == {name: rule.treatment for name, rule in trait_rules(()).items()}


def test_each_refusal_has_a_remedy() -> None:
    assert all(rule.remedy for rule in trait_rules(()).values() if rule.treatment == "refused")


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("mem_limit", "8G", "user_memory_gib"),
        ("network_name", "host", "packet filters"),
        ("remove", False, "removed before the next start"),
        ("volumes", {"/srv/jupyterhub/homes/bob": "/bob"}, "what is in /srv/jupyterhub/homes"),
        (
            "mounts",
            [{"type": "bind", "source": "/srv", "target": "/all"}],
            "what is in /srv/jupyterhub/homes",
        ),
        ("mounts", [{"source": "a", "target": "/all", "type": "volume"}], "not of type 'bind'"),
        ("read_only_volumes", {"/var/lib/jupyterhub-lab": "/hub"}, "what is in /var/lib/jupyterhub-lab"),
        ("extra_host_config", {"privileged": True}, "the hub sets privileged itself"),
        ("extra_host_config", {"binds": ["/:/x"]}, "write volumes"),
        ("extra_create_kwargs", {"user": "root"}, "the hub sets user itself"),
        ("extra_create_kwargs", {"labels": {"chef-hub.kind": "x"}}, "is the hub's own"),
        ("links", {"a": "b"}, "do not reach each other"),
    ],
)
def test_what_would_weaken_a_server_is_refused(
    document: dict[str, Any], tmp_path: Path, trait: str, value: Any, words: str
) -> None:
    c = Config()
    c.Spawner.mem_limit = 2048
    rules = trait_rules(closed_folders(check_settings(document)))
    (tmp_path / "mine.py").write_text(f"c.LabDockerSpawner.{trait} = {value!r}")
    with pytest.raises(SettingsError) as caught:
        read_operator_files(c, tmp_path, LabDockerSpawner, rules)
    assert any(mistake.startswith(f"c.LabDockerSpawner.{trait} = ") for mistake in caught.value.mistakes)
    assert any(words in mistake for mistake in caught.value.mistakes)
