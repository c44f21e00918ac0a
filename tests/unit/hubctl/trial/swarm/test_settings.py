"""Two trials at once, and what a trial leaves to the next one."""

from pathlib import Path
from typing import cast

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.network import HostNetwork
from hubctl.trial.swarm.settings import clear_cluster_leftovers, reserve_cluster


def test_a_second_trial_is_refused_while_one_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with reserve_cluster(state), pytest.raises(HubctlError, match="runs already"), reserve_cluster(state):
        pass
    with reserve_cluster(state):
        pass


class Unplugged:
    """A network that no cluster left behind."""

    def exists(self) -> bool:
        return False


def test_users_files_stay_and_backups_whose_key_is_gone_do_not(tmp_path: Path) -> None:
    for name in ("users/ada/notes.txt", "leader-backup/1.recent.backup"):
        (tmp_path / "shared" / name).parent.mkdir(parents=True)
        (tmp_path / "shared" / name).write_text("kept")
    clear_cluster_leftovers(tmp_path, cast(HostNetwork, Unplugged()))
    found = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert found == ["shared/users/ada/notes.txt"]
