import json
from pathlib import Path
from typing import Any

import pytest

from session_agent.settings import Settings, SettingsError, load_settings

GOOD: dict[str, Any] = {
    "region": "us-east-1",
    "domain": "lab.example.org",
    "hub_port": 8000,
    "autoscaling_group": "lab",
    "lifecycle_hook": "lab-drain",
    "drain_timeout_seconds": 1800,
    "metric": {"namespace": "JupyterHub/Lab", "name": "UserSessions"},
}


def load(folder: Path, document: object) -> Settings:
    file = folder / "instance.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return load_settings(file)


def test_what_the_stack_writes_is_understood(tmp_path: Path) -> None:
    settings = load(tmp_path, GOOD)
    assert (settings.group, settings.hook, settings.drain_timeout) == ("lab", "lab-drain", 1800.0)
    assert settings.activity_minutes == 0
    assert load(tmp_path, GOOD | {"lifecycle_hook": None}).hook is None
    assert load(tmp_path, GOOD | {"session_activity_minutes": 15}).activity_minutes == 15


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    broken = GOOD | {
        "region": "",
        "hub_port": "8000",
        "drain_timeout_seconds": -1,
        "metric": None,
        "lifecycle_hook": 3,
    }
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, broken)
    for name in (
        "region",
        "hub_port",
        "drain_timeout_seconds",
        "metric.namespace",
        "metric.name",
        "lifecycle_hook",
    ):
        assert f"{name} = " in str(refused.value)


@pytest.mark.parametrize(("text", "named"), [("{", "not JSON"), ("[]", "object")])
def test_files_that_do_not_hold_settings(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load(tmp_path, text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.json cannot be read"):
        load_settings(tmp_path / "none.json")
