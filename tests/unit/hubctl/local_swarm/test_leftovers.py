"""What an earlier trial left, and two trials at once."""

from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.image import reserved
from hubctl.trial.swarm.settings import alone


def test_a_second_trial_is_refused_while_one_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with alone(state), pytest.raises(HubctlError, match="runs already"), alone(state):
        pass
    with alone(state):
        pass


def test_a_build_that_was_cut_off_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    (tmp_path / "image-cut-off/root").mkdir(parents=True)
    (tmp_path / "image-0123.tar").write_text("an image")
    with reserved(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["image-0123.tar", "lock"]
