"""Stand-ins for what changes a host: packages, units, mounts, the packet filter, nginx. They remember."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from state import fail, load, option, save

UNITS = Path("/etc/systemd/system")
ACTING = (
    "start",
    "stop",
    "restart",
    "reload-or-restart",
    "try-restart",
    "try-reload-or-restart",
    "reset-failed",
)
PACKAGE_UNITS = {"docker.service": "docker.io", "nginx.service": "nginx"}


def apt_cache(arguments: list[str]) -> int:
    """Print what Chef's package resource asks of ``apt-cache policy``."""
    if "policy" not in arguments:
        return fail("the stand-in knows apt-cache policy only", 100)
    installed = load("packages", [])
    for name in arguments[arguments.index("policy") + 1 :]:
        version = "1.0" if name in installed else "(none)"
        print(f"{name}:\n  Installed: {version}\n  Candidate: 1.0\n  Version table:\n     1.0 500")
    return 0


def apt_get(arguments: list[str]) -> int:
    if "--version" in arguments:
        print("apt 2.6.1 (amd64)")
        return 0
    words = [word for word in arguments if not word.startswith("-") and "::" not in word]
    if words[0] == "install":
        names = [word.partition("=")[0] for word in words[1:]]
        save("packages", sorted({*load("packages", []), *names}))
    elif words[0] != "update":
        return fail(f"apt-get {words[0]} is not known to the stand-in", 100)
    return 0


def systemctl(arguments: list[str]) -> int:
    """Keep units' states; like the real one, refuse to act on a unit that no file defines."""
    properties, words = _split(arguments)
    verb, names = words[0], words[1:]
    if not names:
        return 0 if verb in ("daemon-reload", "list-jobs") else fail(f"systemctl {verb} is not known here")
    units = load("units", {})
    for name in names:
        unit = units.setdefault(name, {"enabled": False, "active": False, "started": 0})
        if verb.startswith("is-"):
            return 0 if unit.get(verb.removeprefix("is-")) else 3
        if verb == "show":
            _show(properties, unit)
        elif not _defined(name):
            return fail(f"Failed to {verb} {name}: Unit {name} not found.", 5)
        elif verb in ("enable", "disable"):
            unit["enabled"] = verb == "enable"
        elif verb not in ACTING:
            return fail(f"systemctl {verb} is not known to the stand-in")
        elif (unit.get("failed") or name in load("units-that-fail", [])) and verb not in (
            "stop",
            "reset-failed",
        ):
            return fail(f"Job for {name} failed because the control process exited with error code.")
        else:
            _act(verb, unit)
    save("units", units)
    return 0


def _act(verb: str, unit: dict[str, Any]) -> None:
    if verb == "reset-failed":
        unit["failed"] = False
        return
    running = unit["active"]
    if verb.startswith("try-") and not running:
        return
    # A reload leaves the main process as it is, and so does the start of what runs.
    if verb != "stop" and not (running and (verb == "start" or "reload" in verb)):
        unit["started"] = time.monotonic()
    unit["active"] = verb != "stop"


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the properties asked for with -p, and the words that are no options."""
    properties, words, rest = [], [], list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "-p":
            properties.append(rest.pop(0))
        elif not word.startswith("-"):
            words.append(word)
    return properties, words


def _defined(name: str) -> bool:
    return (UNITS / name).exists() or PACKAGE_UNITS.get(name) in load("packages", [])


def _show(properties: list[str], unit: dict[str, Any]) -> None:
    values = {
        "ActiveState": "active" if unit["active"] else "inactive",
        "UnitFileState": "enabled" if unit["enabled"] else "disabled",
        "NeedDaemonReload": "no",
        "ExecMainStartTimestampMonotonic": round(unit["started"] * 1e6),
        "ActiveEnterTimestampMonotonic": round(unit["started"] * 1e6),
    }
    for name in properties or values:
        print(f"{name}={values[name]}")


def mount(arguments: list[str]) -> int:
    mounts = load("mounts", {})
    if not arguments or arguments == ["-l"]:
        for point, (device, kind, options) in mounts.items():
            print(f"{device} on {point} type {kind} ({options})")
        return 0
    device, point = arguments[-2:]
    mounts[point] = [device, option(arguments, "-t"), option(arguments, "-o")]
    if not load("mount-does-nothing", False):
        save("mounts", mounts)
    return 0


def umount(arguments: list[str]) -> int:
    mounts = load("mounts", {})
    mounts.pop(arguments[-1], None)
    save("mounts", mounts)
    return 0


def findmnt(arguments: list[str]) -> int:
    """Print all mounts as ``findmnt -rn`` does, or say whether one of a type is at a mount point."""
    mounts = load("mounts", {})
    if arguments == ["-rn"]:
        print("/ /dev/root ext4 rw")
        for point, (device, kind, options) in mounts.items():
            print(f"{point} {device} {kind} {options}")
        return 0
    point, kind = option(arguments, "--mountpoint"), option(arguments, "--types")
    return 0 if point in mounts and kind in (None, mounts[point][1]) else 1


def quiet(_: list[str]) -> int:
    return 0


COMMANDS = {
    "apt-cache": apt_cache,
    "apt-get": apt_get,
    "systemctl": systemctl,
    "mount": mount,
    "umount": umount,
    "findmnt": findmnt,
    "nginx": quiet,
    "iptables": quiet,
    "ip6tables": quiet,
}

if __name__ == "__main__":
    sys.exit(COMMANDS[os.environ["FAKE_NAME"]](sys.argv[1:]))
