"""Two trials at once."""

from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.swarm.settings import reserve_cluster


def test_a_second_trial_is_refused_while_one_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with reserve_cluster(state), pytest.raises(HubctlError, match="runs already"), reserve_cluster(state):
        pass
    with reserve_cluster(state):
        pass
