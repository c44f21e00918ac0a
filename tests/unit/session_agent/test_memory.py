"""What a run of the agent leaves for the next one, also for one of a newer release."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from session_agent.memory import Memory, Moment, Report, recall, remember

REPORT = Report(uptime=100.0, state="new", users=2, since=1_700_000_000.0)
MEMORY = Memory(last=Moment(wall=1_700_000_100.0, uptime=200.0), raised="rollout", reported=REPORT, held=True)


def test_the_next_run_knows_what_this_one_knew(tmp_path: Path) -> None:
    remember(tmp_path / "run/memory.json", MEMORY)
    assert recall(tmp_path / "run/memory.json") == MEMORY
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["memory.json"]


def test_a_report_of_an_earlier_release_is_known(tmp_path: Path) -> None:
    """The agent is replaced while the instance runs: it must not write the same parameter again at once."""
    written = asdict(MEMORY)
    written["told"] = written.pop("reported")
    (tmp_path / "memory.json").write_text(json.dumps(written))
    assert recall(tmp_path / "memory.json") == MEMORY


@pytest.mark.parametrize("content", ["", "{", "[]", '{"last": null}', '{"last": 1, "stepped": "x"}'])
def test_a_memory_that_cannot_be_read_is_empty(tmp_path: Path, content: str) -> None:
    (tmp_path / "memory.json").write_text(content)
    assert recall(tmp_path / "memory.json") == Memory()
