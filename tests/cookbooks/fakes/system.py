"""Stand-ins for what changes a host: packages, units, mounts, the packet filter, nginx. They remember."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from state import fail, load, option, save

UNITS = Path("/etc/systemd/system")


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
    words = [word for word in arguments if not word.startswith("-")]
    if words[0] == "install":
        names = [word.partition("=")[0] for word in words[1:] if "::" not in word]
        save("packages", sorted({*load("packages", []), *names}))
    elif words[0] != "update":
        return fail(f"apt-get {words[0]} is not known to the stand-in", 100)
    return 0


def systemctl(arguments: list[str]) -> int:
    words = [word for word in arguments if not word.startswith("-")]
    units = load("units", {})
    verb, names = words[0], words[1:]
    for name in names:
        unit = units.setdefault(name, {"enabled": False, "active": False})
        if verb == "is-enabled" or verb == "is-active":
            held = unit["enabled" if verb == "is-enabled" else "active"]
            print("yes" if held else "no")
            return 0 if held else 3
        if verb in ("enable", "disable"):
            unit["enabled"] = verb == "enable"
        elif verb in ("start", "stop", "restart", "reload-or-restart"):
            unit["active"] = verb != "stop"
        elif verb == "show":
            _show(arguments, unit, name)
        elif verb != "try-restart":
            return fail(f"systemctl {verb} is not known to the stand-in")
    if not names and verb not in ("daemon-reload", "list-jobs"):
        return fail(f"systemctl {verb} is not known to the stand-in")
    save("units", units)
    return 0


def _show(arguments: list[str], unit: dict[str, bool], name: str) -> None:
    values = {
        "ActiveState": "active" if unit["active"] else "inactive",
        "UnitFileState": "enabled" if unit["enabled"] else "disabled",
        "LoadState": "loaded",
        "Id": name,
        "Names": name,
    }
    asked = [option(arguments, "--property"), option(arguments, "-p")]
    wanted = [word for words in asked if words for word in words.split(",")] or list(values)
    for key in wanted:
        print(f"{key}={values.get(key, '')}")


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
    mounts = load("mounts", {})
    point, kind = option(arguments, "--mountpoint"), option(arguments, "--types")
    return 0 if point in mounts and mounts[point][1] == kind else 1


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
