"""Unit files are read as systemd reads them, those of the cookbook too."""

from pathlib import Path

import pytest

from hubctl.trial.hosts.systemd_service import (
    command_line,
    hand_over_credentials,
    read_environment_file,
    service_environment,
    service_settings,
)

UNIT = """
[Unit]
Description=not this

[Service]
# a comment
Environment=A=1 "B=two words"
Environment=A=2
EnvironmentFile={file}
EnvironmentFile=-/nowhere/at/all
ExecStart=/bin/echo ${{A}} "${{C}}" \\
  --last
Restart=
"""


def test_environment_and_command_of_a_unit(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text('# said\nC="a \\"quoted\\" \\$value"\nD=plain\n', encoding="utf-8")
    settings = service_settings(UNIT.format(file=file))
    variables = service_environment(settings, {"AWS_ENDPOINT_URL": "http://there", "HOME": "/root"})
    assert variables["A"] == "2"
    assert variables["B"] == "two words"
    assert variables["C"] == 'a "quoted" $value'
    assert variables["AWS_ENDPOINT_URL"] == "http://there"
    assert "HOME" not in variables
    assert command_line(settings, variables) == ["/bin/echo", "2", 'a "quoted" $value', "--last"]
    assert "Description" not in settings
    assert "Restart" not in settings


def test_an_environment_file_that_has_to_be_there_is_missed() -> None:
    settings = service_settings("[Service]\nEnvironmentFile=/nowhere/at/all\n")
    with pytest.raises(FileNotFoundError):
        service_environment(settings, {})


def test_single_quotes_and_empty_values() -> None:
    assert read_environment_file("A='x y'\nB=\n\n;no\n") == {"A": "x y", "B": ""}


@pytest.mark.parametrize(
    "name", ["jupyterhub-lab-prepare", "jupyterhub-lab-proxy", "jupyterhub-lab", "session-agent"]
)
def test_the_cookbooks_units_start_what_the_image_holds(project: Path, name: str) -> None:
    file = project / f"cookbooks/jupyterhub_lab/files/default/{name}.service"
    settings = service_settings(file.read_text(encoding="utf-8"))
    command = command_line(settings, {"PROXY_PORT": "8000"})
    assert command[0].startswith("/usr/local/lib/jupyterhub-lab/bin/")
    assert not any("$" in word for word in command)


def test_a_unit_without_credentials_gets_no_folder_for_them() -> None:
    assert hand_over_credentials(service_settings("[Service]\nType=oneshot\n"), "x.service") == {}
