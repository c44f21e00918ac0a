"""Starts a program as systemd would from its unit file: ``python -m hubctl.trial.hosts.systemd_service UNIT_FILE [SECONDS]``.

With SECONDS it is started again and again, as by its systemd timer.

Hosts of a trial have no systemd. What counts for the program is done: directories, environment, credentials, command. What
confines it is not: it runs as root, without the unit's sandbox.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ServiceSettings = dict[str, list[str]]


def service_settings(text: str) -> ServiceSettings:
    """Return the [Service] section: name → its values in order; an empty value forgets the earlier ones."""
    settings: ServiceSettings = {}
    section = ""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        stripped = line.strip()
        if stripped.startswith("["):
            section = stripped
        elif section == "[Service]" and "=" in stripped and not stripped.startswith(("#", ";")):
            name, _, value = stripped.partition("=")
            if value.strip():
                settings.setdefault(name.strip(), []).append(value.strip())
            else:
                settings.pop(name.strip(), None)
    return settings


def read_environment_file(text: str) -> dict[str, str]:
    """Return the variables of an EnvironmentFile: lines NAME=value, the value in quotes or not."""
    variables = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith(("#", ";")):
            name, _, value = line.partition("=")
            variables[name.strip()] = _unquoted(value.strip())
    return variables


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == "'" else value


def service_environment(settings: ServiceSettings, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the program's environment: that of the host's manager, then what the unit sets.

    Raises FileNotFoundError for an EnvironmentFile that has to be there.
    """
    variables = {"PATH": BASE_PATH, "LANG": "C.UTF-8"}
    # As DefaultEnvironment= of a manager: how a host of a trial reaches its AWS.
    variables |= {name: value for name, value in inherited.items() if name.startswith("AWS_")}
    for value in settings.get("Environment", []):
        variables |= dict(pair.partition("=")[::2] for pair in shlex.split(value))
    for value in settings.get("EnvironmentFile", []):
        path = Path(value.removeprefix("-"))
        if path.exists() or not value.startswith("-"):
            variables |= read_environment_file(path.read_text(encoding="utf-8"))
    return variables


def command_line(settings: ServiceSettings, variables: Mapping[str, str]) -> list[str]:
    """Return the one command of ``ExecStart``, its ``${NAME}`` filled in."""
    (command,) = settings["ExecStart"]
    words = shlex.split(command.lstrip("@-:+!"))
    return [re.sub(r"\$\{(\w+)\}", lambda match: variables.get(match[1], ""), word) for word in words]


def make_directories(settings: ServiceSettings) -> None:
    """Make the unit's directories below /run and /var/lib."""
    for name, parent in (("RuntimeDirectory", "/run"), ("StateDirectory", "/var/lib")):
        mode = int(settings.get(f"{name}Mode", ["0755"])[-1], 8)
        for folder in " ".join(settings.get(name, [])).split():
            path = Path(parent, folder)
            path.mkdir(parents=True, exist_ok=True)
            path.chmod(mode)


def hand_over_credentials(settings: ServiceSettings, unit: str) -> dict[str, str]:
    """Copy what ``LoadCredential`` names to the unit's own folder; return the variable that names it."""
    given = settings.get("LoadCredential", [])
    if not given:
        return {}
    folder = Path("/run/credentials", unit)
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    for credential in given:
        name, _, source = credential.partition(":")
        target = folder / name
        target.unlink(missing_ok=True)
        target.touch(mode=0o400)
        target.write_bytes(Path(source).read_bytes())
    return {"CREDENTIALS_DIRECTORY": str(folder)}


@dataclass(frozen=True, kw_only=True)
class ProgramStart:
    """How a program is started."""

    command: list[str]
    variables: dict[str, str]
    umask: int
    folder: str


def prepare_service(unit: Path) -> ProgramStart:
    """Make what the unit file asks for, and return how its program is started."""
    settings = service_settings(unit.read_text(encoding="utf-8"))
    make_directories(settings)
    variables = service_environment(settings, os.environ) | hand_over_credentials(settings, unit.name)
    return ProgramStart(
        command=command_line(settings, variables),
        variables=variables,
        umask=int(settings.get("UMask", ["0022"])[-1], 8),
        folder=settings.get("WorkingDirectory", ["/"])[-1],
    )


def run_repeatedly(unit: Path, seconds: float) -> None:
    """Run the unit's program for ever, whatever it exits with, as its timer does that counts uptime.

    A run begins every so many seconds after the one before began; one that takes longer delays the next.
    """
    due = time.monotonic()
    while True:
        time.sleep(max(0.0, due - time.monotonic()))
        due = max(due, time.monotonic() - seconds) + seconds
        try:
            start = prepare_service(unit)
            subprocess.run(
                start.command, env=start.variables, cwd=start.folder, umask=start.umask, check=False
            )
        except OSError as error:  # such as a file that the unit names and that is not there yet
            print(f"{unit.name} was not started: {error}", file=sys.stderr, flush=True)


def main(file: str, seconds: str | None = None) -> None:
    """Become the program, or run it again and again."""
    if seconds is not None:
        run_repeatedly(Path(file), float(seconds))
    start = prepare_service(Path(file))
    os.umask(start.umask)
    os.chdir(start.folder)
    os.execvpe(start.command[0], start.command, start.variables)  # noqa: S606 - this is what a service manager is for


if __name__ == "__main__":
    main(*sys.argv[1:])
