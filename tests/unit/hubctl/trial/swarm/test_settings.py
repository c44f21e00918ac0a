"""Two trials at once."""

from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.swarm.settings import alone


def test_a_second_trial_is_refused_while_one_runs(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with alone(state), pytest.raises(HubctlError, match="runs already"), alone(state):
        pass
    with alone(state):
        pass
