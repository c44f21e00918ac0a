"""What becomes of a spawner's settings that operators make: used as they are, used in part, or refused with a remedy.

Both hubs have a rule for each trait of their spawner, so that none is ignored. What is configured is checked when the hub
starts, by :mod:`hub_common.operator_files`; what hooks, groups and users' options set, at each start of a server, by
:class:`hub_common.spawner.HubSpawner`. Nothing takes away what keeps users safe: their directory, the limits that
admission counts, the closed container, labels, placement, the lock.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal

from hub_common.user_files import HOME

LONGEST_SHOWN = 120  # characters of a value in a sentence
# Of the host: programs, secrets and devices of the machine. Nothing in or above these is mounted.
HOST_FOLDERS = (
    "/boot", "/dev", "/etc", "/proc", "/root", "/run", "/sys", "/var/lib/docker", "/var/lib/containerd", "/var/run",
)  # fmt: skip
# In the container: what the server's start itself needs.
SYSTEM_TARGETS = (
    "/bin",
    "/dev",
    "/lib",
    "/lib64",
    "/proc",
    "/sbin",
    "/sys",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
)
# Variables that the hub or dockerspawner sets last.
HUB_VARIABLES = ("DISK_QUOTA", "HOME", "JUPYTER_IMAGE_SPEC")

# Yields what is wrong with a value and what to do, in one clause each.
Check = Callable[[Any], Iterable[str]]


@dataclass(frozen=True, kw_only=True)
class TraitRule:
    """What the hub does with one trait: ``remedy`` says what to do instead of it, ``check`` what of it is not used."""

    treatment: Literal["used", "in part", "refused"]
    remedy: str = ""
    check: Check | None = None

    def problems(self, value: Any) -> list[str]:
        """Return what of a value is not used, with a remedy each."""
        if self.check is None:
            return []
        try:
            return list(self.check(value))
        except (AttributeError, TypeError, ValueError) as error:
            return [f"it cannot be understood ({error}): write it as the documentation of dockerspawner does"]


USED = TraitRule(treatment="used")


def refused(remedy: str) -> TraitRule:
    """Only the hub's own value may stand."""
    return TraitRule(treatment="refused", remedy=remedy)


def in_part(check: Check) -> TraitRule:
    """Values that pass the check are used."""
    return TraitRule(treatment="in part", check=check)


def shown(value: object) -> str:
    """Return a value as a sentence shows it."""
    text = repr(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


# --- checks of values ---


def only_keys(used: Mapping[str, Check | None], remedies: Mapping[str, str] | None = None) -> Check:
    """Check a dictionary of which only these keys are used; ``remedies`` say what to do instead of others."""
    names = ", ".join(used)

    def check(value: Any) -> Iterator[str]:
        if callable(value):
            return  # what it returns is checked when a server starts
        for key, given in value.items():
            if key not in used:
                remedy = (remedies or {}).get(key) or (
                    f"remove it; what may be set is {names}" if names else "remove it"
                )
                yield f"the hub sets {key} itself: {remedy}"
            elif (inner := used[key]) is not None:
                yield from inner(given)

    return check


def labels_check(prefixes: Sequence[str]) -> Check:
    """Check labels, which must not begin with one of these prefixes: the hub finds servers by its own."""

    def check(value: Any) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield "labels are a dictionary of names and texts: write them so"
            return
        for label in value:
            if str(label).startswith(tuple(prefixes)):
                yield f"the label {label} is the hub's own: choose another prefix"

    return check


def positive_cpus(value: Any) -> Iterator[str]:
    """Check a limit of processors, which no server goes without."""
    if not callable(value) and not (isinstance(value, int | float) and value > 0):
        yield "a server without a limit takes the processors of all others: give a number of cores above 0"


def environment_check(value: Any) -> Iterator[str]:
    """Check variables: some are set by the hub after the operator's."""
    for name in HUB_VARIABLES:
        if name in value:
            yield f"the hub sets {name} itself: remove it"


def volumes_check(closed: Sequence[str], closed_targets: Sequence[str] = ()) -> Check:
    """Check ``volumes``: host folders by absolute path, none of which gives away what is not the user's.

    ``closed`` are host folders of the hub, ``closed_targets`` paths in the container, besides those of every host.
    """

    def check(value: Any) -> Iterator[str]:
        for source, target in value.items():
            options = dict(target) if isinstance(target, Mapping) else {"bind": target}
            yield from mount_problems(str(source), str(options.pop("bind", "")), closed, closed_targets)
            if options.pop("mode", "rw") not in ("ro", "rw"):
                yield f"the mode of {source} is neither 'ro' nor 'rw': write one of them"
            if options:
                yield f"{', '.join(options)} of {source} would not be used: remove it"

    return check


def mounts_check(closed: Sequence[str], closed_targets: Sequence[str] = ()) -> Check:
    """Check ``mounts``: bind mounts alone, by the rules of ``volumes``."""

    def check(value: Any) -> Iterator[str]:
        for mount in value:
            options = dict(mount)
            source, target = str(options.pop("source", "")), str(options.pop("target", ""))
            if options.pop("type", "volume") != "bind":
                yield f"the mount of {source or target} is not of type 'bind': write type='bind' and a folder of the host"
            options.pop("read_only", None)
            if options:
                yield f"{', '.join(options)} of the mount {source} would not be used: remove it"
            yield from mount_problems(source, target, closed, closed_targets)

    return check


def mount_problems(
    source: str, target: str, closed: Sequence[str], closed_targets: Sequence[str]
) -> Iterator[str]:
    """Yield why a folder of the host cannot be mounted there."""
    if not source.startswith("/"):
        yield f"{source!r} is not a folder of the host: give an absolute path, on the shared file system"
    elif (near := _near(source, (*HOST_FOLDERS, *closed))) is not None:
        yield f"{source} would show servers what is in {near}: mount another folder"
    if not target.startswith("/"):
        yield f"{target!r} is not a path in the server: give an absolute path"
    elif _same_or_in(HOME, target) or _near(target, (*SYSTEM_TARGETS, *closed_targets)) is not None:
        yield f"{target} holds what the hub or the server's start needs: choose another path in the server"


def _near(path: str, folders: Sequence[str]) -> str | None:
    """Return the folder that the path is, is in, or contains."""
    return next((one for one in folders if _same_or_in(path, one) or _same_or_in(one, path)), None)


def _same_or_in(path: str, folder: str) -> bool:
    return _plain(path).is_relative_to(_plain(folder))


def _plain(path: str) -> PurePosixPath:
    """Return the path without ``..``, which a user's name in a template might bring."""
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part != "..":
            parts.append(part)
        elif len(parts) > 1:
            parts.pop()
    return PurePosixPath(*parts) if parts else PurePosixPath("/")


# --- rules that both hubs have ---

INTERNAL_TLS = "it belongs to JupyterHub's internal TLS, which this hub does not use; remove it"
CLIENT = "the hub itself connects to the engine of its host; remove it"
NAMES = "the hub makes the names of servers, which other programs know; use a label instead"
PUBLISHED = "servers publish no ports of their host; remove it"
DEPRECATED = "it is an old name; write {} instead"


def common_rules() -> dict[str, TraitRule]:
    """Return the rules for traits that both spawners treat alike."""
    rules = dict.fromkeys(
        (
            "apply_user_options", "args", "auth_state_hook", "cmd", "consecutive_failure_limit", "debug", "default_url",
            "disable_user_config", "env_keep", "escape", "format_volume_name", "group_overrides", "hub_connect_url",
            "http_timeout", "notebook_dir", "oauth_client_allowed_scopes", "oauth_roles", "options_form",
            "options_from_form", "poll_interval", "poll_jitter", "port", "post_stop_hook", "pre_spawn_hook",
            "progress_ready_hook", "server_token_scopes", "start_timeout",
        ),
        USED,
    )  # fmt: skip
    for name in ("certs_volume_name", "move_certs_image", "ssl_alt_names", "ssl_alt_names_include_local"):
        rules[name] = refused(INTERNAL_TLS)
    for name in (
        "client_kwargs", "tls", "tls_assert_hostname", "tls_ca", "tls_cert", "tls_config", "tls_key", "tls_verify",
        "use_docker_client_env",
    ):  # fmt: skip
        rules[name] = refused(CLIENT)
    for name in ("name_template", "prefix", "container_prefix", "container_name_template"):
        rules[name] = refused(NAMES)
    for name in ("host_ip", "container_ip"):
        rules[name] = refused(PUBLISHED)
    for name, instead in {
        "container_image": "image",
        "container_port": "port",
        "hub_ip_connect": "hub_connect_url",
        "image_whitelist": "allowed_images",
    }.items():
        rules[name] = refused(DEPRECATED.format(instead))
    rules |= {
        "remove_containers": refused("servers that have ended are removed; remove it"),
        "cpu_limit": in_part(positive_cpus),
        "environment": in_part(environment_check),
        "ip": refused(
            "servers listen on all addresses of their container, where the proxy reaches them; remove it"
        ),
        "links": refused("servers do not reach each other; remove it"),
        "network_name": refused("packet filters know the hub's network alone; remove it"),
        "use_internal_hostname": refused("the hub reaches servers in its own network; remove it"),
        "use_internal_ip": refused("the hub reaches servers in its own network; remove it"),
        "shared_services": refused("it is for the hub itself; remove it"),
    }
    return rules


def copied(value: Any) -> Any:
    """Return what stays as it is when a list or dictionary is changed in place."""
    return copy.copy(value) if isinstance(value, dict | list | set) else value


def refused_names(rules: Mapping[str, TraitRule]) -> list[str]:
    """Return the traits that keep the value which the hub has given them."""
    return [name for name, rule in rules.items() if rule.treatment == "refused"]


def problems_at_start(
    values: Mapping[str, Any], configured: Mapping[str, Any], rules: Mapping[str, TraitRule]
) -> list[str]:
    """Return a sentence for each value that a server cannot start with; ``configured`` are the hub's own values."""
    found = []
    for name, value in values.items():
        rule = rules[name]
        if rule.treatment == "refused" and value != configured[name]:
            found.append(f"{name} = {shown(value)} cannot be used: {rule.remedy}")
        found += [f"{name} = {shown(value)}: {problem}" for problem in rule.problems(value)]
    return found
