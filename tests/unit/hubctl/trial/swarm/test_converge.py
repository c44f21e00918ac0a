"""What a converge of the trial's leader does with the hub's image before it touches anything."""

from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts import cookbook_files
from hubctl.trial.hosts.host import Host
from hubctl.trial.swarm.converge import converge_leader
from hubctl.trial.swarm.nodes import SwarmHostInputs, furnish_leader
from hubctl.trial.swarm.settings import SWARM_HOSTS

IMAGE = "chef-hub/jupyterhub:2"
PULL = [f"{cookbook_files.PROGRAM_FOLDER}/pull-image", IMAGE, "jupyterhub", "configurable-http-proxy"]


class Leader(Host):
    """A leader that answers as one with the files and images of its lists, and notes what ran."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.files: dict[str, str] = {}
        self.images: set[str] = set()
        self.ran: list[list[str]] = []
        self.broken: set[str] = set()

    def run(self, *command: str, stdin: str | None = None, **_: Any) -> str:
        self.ran.append(list(command))
        match command:
            case ["cat", path]:
                return self.files.get(path, "")
            case ["docker", "image", "inspect", *_, image]:
                return "0123456789ab\n" if image in self.images else ""
            case ["tee", path]:
                self.files[path] = stdin or ""
            case ["mv", "-f", new, path]:
                self.files[path] = self.files.pop(new)
        return ""

    def run_as_unit(self, *command: str, **_: Any) -> str:
        words = [word for word in command if word != "env" and "=" not in word]
        self.ran.append(words)
        if self.broken & set(words):
            raise HubctlError(f"{words} failed", remedy="")
        self.images.add(IMAGE)
        return ""

    def reload(self, *_: Any) -> None:
        self.ran.append(["reload"])

    def pulls(self) -> list[list[str]]:
        return [words for words in self.ran if words[0] == PULL[0]]


@pytest.fixture
def inputs() -> SwarmHostInputs:
    attributes = cookbook_files.contract(hub_image=IMAGE)
    aws = {"AWS_ENDPOINT_URL": "http://198.51.100.1:5000", "AWS_ACCESS_KEY_ID": "local-aws"}
    return SwarmHostInputs(
        attributes=attributes, aws=aws, metadata="198.51.100.1:81", image=Path("/image"), password="p" * 16
    )


@pytest.fixture
def leader(tmp_path: Path, inputs: SwarmHostInputs) -> Leader:
    made = Leader(name="leader", number=1, disk=tmp_path, shared=tmp_path, network=SWARM_HOSTS)
    furnish_leader(made, inputs)
    return made


def test_the_image_is_pulled_and_checked_first_and_once(leader: Leader, inputs: SwarmHostInputs) -> None:
    assert "/etc/jupyterhub/settings.json" in converge_leader(leader, inputs)
    assert leader.pulls() == [PULL]
    assert all(words[0] in {"cat", "docker"} for words in leader.ran[: leader.ran.index(PULL)])
    converge_leader(leader, inputs)
    assert leader.pulls() == [PULL]
    leader.images.clear()
    converge_leader(leader, inputs)
    assert leader.pulls() == [PULL, PULL]


def test_an_image_that_does_not_run_the_hub_changes_nothing(leader: Leader, inputs: SwarmHostInputs) -> None:
    leader.broken = {"jupyterhub"}
    for _ in range(2):
        with pytest.raises(HubctlError, match="pull-image"):
            converge_leader(leader, inputs)
    assert leader.files == {}
    assert leader.pulls() == [PULL, PULL]
    assert ["reload"] not in leader.ran
