"""Stands in for ``systemctl`` in the first boot of a host: ``python -m hubctl.trial.lab.first_boot ARGUMENTS OF systemctl``.

A Lab instance's user data asks it for two things: whether there is a unit, and to start it. Before the unit starts, what a
trial has to change is changed in the settings that the user data has just written.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

UNIT_FOLDER = Path("/etc/systemd/system")
INSTANCE_FILE = Path("/etc/jupyterhub-lab/instance.json")
STARTED = Path("/run/hubctl/started")
SPEED_VARIABLE = "HUBCTL_LAB_SPEED"


def for_a_trial(settings: dict[str, Any], speed: float) -> dict[str, Any]:
    """Return an instance's settings for a trial: the test login, and the group's durations ``speed`` times as short."""
    hub = settings.get("hub", {})
    login = {
        **hub.get("login", {}),
        "authenticator": "test",
        "allow_test_login": True,
        "allow_all": True,
    }
    return {
        **settings,
        "drain_timeout_seconds": settings["drain_timeout_seconds"] / speed,
        "session_activity_minutes": settings["session_activity_minutes"] / speed,
        "hub": {**hub, "login": login},
    }


def main(arguments: list[str]) -> int:
    """Do what is asked; return the exit status."""
    words = [word for word in arguments if not word.startswith("-")]
    if len(words) != 2 or words[0] not in ("cat", "enable"):
        print(f"systemctl of a trial's host: cannot {' '.join(arguments)}", file=sys.stderr)
        return 1
    unit = UNIT_FOLDER / words[1]
    if not unit.is_file():
        return 1
    if words[0] == "enable":
        settings = json.loads(INSTANCE_FILE.read_text(encoding="utf-8"))
        changed = for_a_trial(settings, float(os.environ[SPEED_VARIABLE]))
        INSTANCE_FILE.write_text(json.dumps(changed, indent=2), encoding="utf-8")
        STARTED.parent.mkdir(parents=True, exist_ok=True)
        STARTED.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
