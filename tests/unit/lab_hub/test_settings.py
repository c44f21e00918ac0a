import json
from pathlib import Path
from typing import Any

import pytest

from hub_common.settings import SettingsError
from lab_hub.settings import check_settings, load_image, load_settings


def test_all_mistakes_are_told_at_once(document: dict[str, Any]) -> None:
    document |= {"hub_port": 0, "domain": "Lab", "homes": {"mount_point": "homes"}}
    document["hub"]["login"] = {"authenticator": "generic", "colour": "blue"}
    with pytest.raises(SettingsError) as caught:
        check_settings(document)
    told = " ".join(caught.value.mistakes)
    for name in ("hub_port", "domain", "homes.mount_point", "hub.login.colour is unknown"):
        assert name in told


def test_the_test_login_has_to_be_allowed_by_name(document: dict[str, Any]) -> None:
    document["hub"]["login"] = {"authenticator": "test", "allow_all": True}
    with pytest.raises(SettingsError, match=r"hub\.login\.allow_test_login must be true"):
        check_settings(document)


def test_with_an_older_stack_no_user_gets_in(document: dict[str, Any]) -> None:
    del document["hub"]
    settings = check_settings(document)
    assert settings.hub.login.authenticator == "none"
    assert settings.user_memory == 1.5 * 1024**3


@pytest.mark.parametrize(("content", "why"), [("{", "no JSON"), ("{}", "region is missing")])
def test_files_that_cannot_be_used_say_why(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "instance.json"
    with pytest.raises(SettingsError, match="the first boot writes it"):
        load_settings(file)
    file.write_text(content)
    with pytest.raises(SettingsError, match=why):
        load_settings(file)


def test_the_image_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "image.json"
    with pytest.raises(SettingsError, match="cookbook jupyterhub_lab"):
        load_image(file)
    file.write_text(json.dumps({"notebook_image": "a b", "network": "n", "bridge": "b", "gateway": "no"}))
    with pytest.raises(SettingsError) as caught:
        load_image(file)
    assert len(caught.value.mistakes) == 3
