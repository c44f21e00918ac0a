"""The operator's files, with a spawner of these tests: what they may set, and what ends the hub's start."""

from pathlib import Path
from typing import Any

import pytest
from dockerspawner import DockerSpawner
from traitlets.config import Config

from hub_common.operator_files import read_operator_files
from hub_common.settings import SettingsError
from hub_common.spawner_traits import TraitRule, common_rules, in_part, refused, volumes_check

RULES: dict[str, TraitRule] = {
    **common_rules(),
    "mem_limit": refused("admission counts it; change the setting"),
    "volumes": in_part(volumes_check(["/users"])),
}


class ThisSpawner(DockerSpawner):  # type: ignore[misc]  # dockerspawner has no types
    """The narrowest class, as each hub has one."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "jupyterhub_config.d"


@pytest.fixture
def c() -> Config:
    config = Config()
    config.Spawner.mem_limit = 2048
    config.Spawner.cmd = ["jupyterhub-singleuser"]
    config.DockerSpawner.network_name = "hub"
    config.JupyterHub.services = [{"name": "keeper"}]
    config.JupyterHub.load_roles = [{"name": "keeper"}]
    config.JupyterHub.cleanup_servers = False
    return config


def read(c: Config, folder: Path, **files: str) -> Config:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    read_operator_files(c, folder, ThisSpawner, RULES)
    return c


def mistakes(c: Config, folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(c, folder, mine=text)
    assert str(folder) in str(caught.value)
    return caught.value.mistakes


def test_without_files_nothing_changes(c: Config, folder: Path) -> None:
    before = repr(c)
    read_operator_files(c, folder, ThisSpawner, RULES)
    folder.mkdir()
    (folder / "README.md").write_text("no Python")
    (folder / ".hidden.py").write_text("no Python")
    read_operator_files(c, folder, ThisSpawner, RULES)
    assert repr(c) == before


def test_files_are_read_in_the_order_of_their_names(c: Config, folder: Path) -> None:
    read(
        c,
        folder,
        b="c.Spawner.args = [*c.Spawner.args, 'b']\nc.Spawner.default_url = __file__",
        a="get_config().Spawner.args = ['a']",
    )
    assert c.Spawner.args == ["a", "b"]
    assert c.Spawner.default_url == str(folder / "b.py")


def test_files_add_services_hooks_variables_and_volumes(c: Config, folder: Path) -> None:
    text = """
def hook(spawner):
    spawner.environment["A"] = "b"

c.Spawner.pre_spawn_hook = hook
c.Spawner.environment.update({"EDITOR": "vi"})
c.ThisSpawner.volumes = {"/groups": "/home/jovyan/groups"}
c.DockerSpawner.network_name = "hub"
c.JupyterHub.services.append({"name": "mine"})
c.JupyterHub.admin_access = True
"""
    read(c, folder, mine=text)
    assert callable(c.Spawner.pre_spawn_hook)
    assert [service["name"] for service in c.JupyterHub.services] == ["keeper", "mine"]
    assert ThisSpawner(config=c).environment == {"EDITOR": "vi"}


def test_all_mistakes_are_told_at_once_each_with_its_remedy(c: Config, folder: Path) -> None:
    text = """
c.Spawner.mem_limit = "8G"
c.ThisSpawner.volumes = {"/users/bob": "/home/jovyan/bob"}
c.DockerSpawner.network_name = "host"
c.Spawner.environment.update({"HOME": "/tmp"})
c.DockerSpawner.notebok_dir = "/x"
c.KubeSpawner.image = "x"
c.Spawner.cpu_limit = None
"""
    assert sorted(mistakes(c, folder, text)) == [
        "c.DockerSpawner.network_name = 'host' cannot be used: packet filters know the hub's network alone; remove it",
        "c.DockerSpawner.notebok_dir = '/x': ThisSpawner knows no such trait: did you mean notebook_dir?",
        "c.KubeSpawner: the spawner of this hub is ThisSpawner; set its traits, or remove this",
        "c.Spawner.cpu_limit = None: a server without a limit takes the processors of all others: "
        "give a number of cores above 0",
        "c.Spawner.environment = {'HOME': '/tmp'}: the hub sets HOME itself: remove it",
        "c.Spawner.mem_limit = '8G' cannot be used: admission counts it; change the setting",
        "c.ThisSpawner.volumes = {'/users/bob': '/home/jovyan/bob'}: /users/bob would show servers what is in /users: "
        "mount another folder",
    ]


def test_what_another_class_sets_already_is_not_ignored(c: Config, folder: Path) -> None:
    c.DockerSpawner.port = 8888
    (mistake,) = mistakes(c, folder, "c.Spawner.port = 9999")
    assert mistake.endswith("has no effect, because a class below it sets the same: write c.ThisSpawner.port")


def test_what_is_added_to_counts_as_jupyterhub_counts_it(c: Config, folder: Path) -> None:
    read(c, folder, mine="c.Spawner.env_keep.append('LANG')\nc.DockerSpawner.environment.update({'A': 'b'})")
    spawner = ThisSpawner(config=c)
    assert spawner.env_keep == ["LANG"]  # dockerspawner's own default is empty
    assert spawner.environment == {"A": "b"}
    (mistake,) = mistakes(
        c, folder, "c.Spawner.environment.update({'C': 'd'})\nc.DockerSpawner.environment.update({'A': 'b'})"
    )
    assert mistake.startswith("c.Spawner.environment = {'C': 'd'} has no effect")


def test_what_groups_get_is_checked_too(c: Config, folder: Path) -> None:
    text = """
c.Spawner.group_overrides = {
    "students": 7,
    "teachers": {"groups": ["t"], "spawner_override": {"mem_limit": "8G", "cpu_limit": 4, "volumes": {"/users": "/u"}}},
}
"""
    students, memory, volumes = mistakes(c, folder, text)
    assert "students is not a dictionary" in students
    assert "mem_limit of teachers cannot be used: admission counts it" in memory
    assert "volumes of teachers: /users would show servers" in volumes


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "x = 1\n\nundefined",
            "mine.py, line 3: NameError: name 'undefined' is not defined. Correct the file",
        ),
        ("x = 1\nif", "mine.py, line 2: SyntaxError"),
        ("def f():\n    raise ValueError('bad')\n\nf()", "mine.py, line 2: ValueError: bad"),
        ("import sys\nsys.exit(3)", "mine.py, line 2: SystemExit: 3"),
        ("\nopen('/nowhere/at/all')", "mine.py, line 2: FileNotFoundError"),
    ],
)
def test_a_file_that_raises_is_told_with_its_line(c: Config, folder: Path, text: str, words: str) -> None:
    (mistake,) = mistakes(c, folder, text)
    assert words in mistake


def test_every_file_that_raises_is_told(c: Config, folder: Path) -> None:
    folder.mkdir()
    (folder / "other.py").write_bytes(b"\xff")
    with pytest.raises(SettingsError) as caught:
        read(c, folder, mine="1 / 0")
    assert [mistake.split(":")[0] for mistake in caught.value.mistakes] == ["mine.py, line 1", "other.py"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("c.JupyterHub.spawner_class = 'simple'", "spawner_class = 'simple' cannot be used"),
        ("c.JupyterHub.allow_named_servers = True", "a user has one server"),
        ("c.JupyterHub.cleanup_servers = True", "servers outlive a restart"),
        ("c.JupyterHub.internal_ssl = True", "servers are not given certificates"),
        (
            "c.JupyterHub.services = []",
            "c.JupyterHub.services lacks keeper, which the hub needs: add to it with append()",
        ),
        ("c.JupyterHub.load_roles = [{'name': 'mine'}]", "c.JupyterHub.load_roles lacks keeper"),
    ],
)
def test_what_the_hub_is_built_on_stays(c: Config, folder: Path, text: str, words: str) -> None:
    (mistake,) = mistakes(c, folder, text)
    assert words in mistake


def test_the_same_value_again_is_no_mistake(c: Config, folder: Path) -> None:
    values: dict[str, Any] = {"Spawner.mem_limit": 2048, "JupyterHub.cleanup_servers": False}
    read(c, folder, mine="".join(f"c.{name} = {value!r}\n" for name, value in values.items()))
    assert c.Spawner.mem_limit == 2048
