"""What a trial changes in an instance's settings, and what the stack's user data tells it."""

import base64
import json
from typing import Any

from hubctl.trial.lab.first_boot import for_a_trial, main
from hubctl.trial.lab.instances import settings_of_user_data

SETTINGS: dict[str, Any] = {
    "region": "us-east-1",
    "drain_timeout_seconds": 300,
    "session_activity_minutes": 30,
    "hub": {"user_cpus": 2, "login": {"authenticator": "none", "admin_users": ["ada"]}},
}


def test_durations_of_the_group_shrink_and_the_test_login_is_asked_for() -> None:
    changed = for_a_trial(SETTINGS, 10)
    assert changed["drain_timeout_seconds"] == 30
    assert changed["session_activity_minutes"] == 3
    assert changed["hub"]["user_cpus"] == 2
    assert changed["hub"]["login"] == {
        "authenticator": "test",
        "allow_test_login": True,
        "allow_all": True,
        "admin_users": ["ada"],
    }
    assert SETTINGS["hub"]["login"]["authenticator"] == "none"


def test_the_settings_are_read_from_the_user_data() -> None:
    written = base64.b64encode(json.dumps(SETTINGS).encode()).decode()
    script = f"set -e\nbase64 --decode > /etc/jupyterhub-lab/instance.json <<< '{written}'\necho 'done'\n"
    assert settings_of_user_data(script) == SETTINGS


def test_the_stand_in_for_systemctl_refuses_what_it_does_not_know() -> None:
    assert main(["restart", "jupyterhub-lab.service"]) == 1
    assert main(["cat", "no-such-unit.service"]) == 1
