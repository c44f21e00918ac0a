"""What is changed in ordinary operation, on a node that ``on_chef.py`` has converged: what restarts, and what stays.

Each change is converged twice. The first run may restart what the change names and nothing else; the second must change nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from on_chef import Node

HUB, PROXY, NGINX = "jupyterhub.service", "jupyterhub-proxy.service", "nginx.service"
RESTARTS = {"start", "stop", "restart", "reload-or-restart", "try-restart"}
SERVED = Path("/etc/nginx/chef-hub/fullchain.pem")


class ChangeError(Exception):
    """A change did something else than it should."""


def change_all(node: Node) -> int:
    """Make all changes for this node's role; return 1 when one of them failed."""
    changes: dict[str, list[Callable[[Node], None]]] = {
        "server": [
            max_users,
            images,
            given_certificate,
            user_domains,
            self_signed,
            login,
            database,
            lost_restart,
            broken_line,
            aws_away,
        ],
        "worker": [aws_away],
    }
    failed = 0
    for change in changes.get(node.role, []):
        try:
            change(node)
        except ChangeError as problem:
            failed += 1
            print(
                f"error: role {node.role}, {change.__name__}: {problem}\n{node.log[-3000:]}", file=sys.stderr
            )
    return 1 if failed else 0


def expect(true: object, otherwise: str) -> None:
    if not true:
        raise ChangeError(otherwise)


@contextmanager
def restarting(node: Node, *units: str) -> Iterator[None]:
    """Expect that of the hub's services exactly these are restarted or reloaded."""
    before = len(node.calls())
    yield
    touched = {
        call[2]
        for call in node.calls()[before:]
        if call[0] == "systemctl" and call[1] in RESTARTS and call[2] in {HUB, PROXY, NGINX, "docker.service"}
    }
    expect(touched == set(units), f"restarted {sorted(touched)}, expected {sorted(units)}")


def apply(node: Node, what: str, *units: str) -> None:
    """Converge twice after a change of which these units are restarted."""
    with restarting(node, *units):
        expect(node.converge(what), "the run failed")
    again(node, what)
    expect(not node.shown_secrets(), f"secrets: {node.shown_secrets()}")


def again(node: Node, what: str) -> None:
    with restarting(node):
        expect(node.converge(f"{what}, again"), "the run after it failed")
    expect(node.unchanged(), "the run after it was not without changes")


def refused(node: Node, what: str, *says: str) -> None:
    """Converge with something missing: the run fails, says what, and leaves hub and proxy as they are."""
    settings = Path("/etc/jupyterhub/settings.json").read_bytes()
    with restarting(node):
        expect(not node.converge(what), "the run did not fail")
    for part in says:
        expect(part in node.log, f"the log does not say {part!r}")
    expect(Path("/etc/jupyterhub/settings.json").read_bytes() == settings, "the hub's settings were written")


def max_users(node: Node) -> None:
    node.attributes["chef_hub"]["hub"]["max_users"] = 51
    apply(node, "max_users", HUB)


def images(node: Node) -> None:
    node.attributes["chef_hub"]["hub"]["notebook_image"] = "chef-hub/notebook:2"
    apply(node, "notebook_image", HUB)
    node.attributes["chef_hub"]["hub"]["hub_image"] = "chef-hub/jupyterhub:2"
    apply(node, "hub_image", HUB, PROXY)


def given_certificate(node: Node) -> None:
    chain, key = Path("/var/given.pem"), Path("/var/given.key")
    source = {"source": "files", "certificate_file": str(chain), "key_file": str(key)}
    node.attributes["chef_hub"]["tls"].update(source)
    before = SERVED.read_bytes()
    refused(node, "given certificate, missing", f"{chain} is missing or empty", f"{key} is missing or empty")
    make_certificate(chain, key)
    apply(node, "given certificate", NGINX)
    expect(SERVED.read_bytes() == chain.read_bytes() and not SERVED.is_symlink(), "nginx has another one")
    expect(
        not Path("/etc/systemd/system/chef-hub-certificate.timer").exists(),
        "the timer of ACME is still there",
    )
    make_certificate(chain, key)
    apply(node, "given certificate, renewed", NGINX)
    expect(SERVED.read_bytes() == chain.read_bytes() != before, "nginx has another one")


def user_domains(node: Node) -> None:
    """Domains of users are refused until the given certificate covers them; then nginx answers their names."""
    node.attributes["chef_hub"]["hub"]["user_domains"] = "on"
    refused(node, "domains of users, not covered", "/var/given.pem is not valid for *.notebooks.example.org")
    make_certificate(Path("/var/given.pem"), Path("/var/given.key"), "*.notebooks.example.org")
    apply(node, "domains of users, covered", HUB, NGINX)
    site = Path("/etc/nginx/conf.d/chef-hub.conf").read_text(encoding="utf-8")
    expect("server_name notebooks.example.org *.notebooks.example.org;" in site, "nginx does not answer them")
    settings = json.loads(Path("/etc/jupyterhub/settings.json").read_text(encoding="utf-8"))
    expect(settings["wildcard_certificate"], "the hub does not know that they are covered")


def self_signed(node: Node) -> None:
    given = Path("/var/given.pem")
    before = given.read_bytes()
    node.attributes["chef_hub"]["tls"]["source"] = "self_signed"
    apply(node, "self_signed", NGINX)
    expect(given.read_bytes() == before, "the operator's file was overwritten")
    expect(SERVED.read_bytes() != before, "nginx has the given one still")


def make_certificate(chain: Path, key: Path, *others: str) -> None:
    names = ",".join(f"DNS:{name}" for name in ("notebooks.example.org", *others))
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
            *("-subj", "/CN=notebooks.example.org", "-addext", f"subjectAltName={names}"),
            *("-days", "90", "-keyout", str(key), "-out", str(chain)),
        ],
        check=True,
        capture_output=True,
    )


def login(node: Node) -> None:
    """Another login: first without its secrets, then with them, then with others, then without one."""
    names = [f"/chef-hub/hub/login/{name}" for name in ("client-id", "client-secret")]
    node.attributes["chef_hub"]["hub"]["login"] = {"authenticator": "github", "allow_all": True}
    refused(node, "login, secrets missing", *(f"{name} does not exist" for name in names))
    put_parameters(node, dict(zip(names, ("id-1", "first-secret"), strict=True)))
    apply(node, "login", HUB)
    put_parameters(node, {names[1]: "second-secret"})
    apply(node, "client secret rotated", HUB)
    put_parameters(node, {names[1]: None})
    refused(node, "client secret removed", f"{names[1]} does not exist")
    put_parameters(node, {names[1]: "second-secret"})
    again(node, "client secret back")
    proxy = Path("/etc/jupyterhub/proxy.env").read_text(encoding="utf-8")
    expect(
        [line.partition("=")[0] for line in proxy.splitlines()] == ["CONFIGPROXY_AUTH_TOKEN"],
        "proxy.env has more",
    )
    for path in (*node.folder.rglob("*.chef-*"), *Path("/var").rglob("*.chef-*")):
        expect("first-secret" not in path.read_text(errors="replace"), f"the old secret is in {path}")


def database(node: Node) -> None:
    """A PostgreSQL: first one that cannot be used, then one that can; taken away, it is missed."""
    name = "/chef-hub/hub/database-url"
    away = node.state / "database-away.json"
    away.write_text("true", encoding="utf-8")
    put_parameters(node, {name: "postgresql://hub:first-secret@db.example.org/hub"})
    refused(node, "database, away", "db.example.org/hub cannot be used")
    away.write_text("false", encoding="utf-8")
    apply(node, "database", HUB)
    put_parameters(node, {name: None})
    refused(node, "database, parameter gone", f"{name} does not exist any more, but is in use")
    put_parameters(node, {name: "postgresql://hub:first-secret@db.example.org/hub"})
    again(node, "database, parameter back")


def put_parameters(node: Node, values: dict[str, str | None]) -> None:
    path = node.state / "parameters.json"
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for name, value in values.items():
        stored.pop(name, None)
        if value is not None:
            stored[name] = {"Type": "SecureString", "Value": value}
    path.write_text(json.dumps(stored), encoding="utf-8")


def lost_restart(node: Node) -> None:
    """A run that ends between a file and its service is caught up by the next, which changes no file."""
    stubborn = node.state / "units-that-fail.json"
    for what, unit in (("nginx", NGINX), ("the hub", HUB)):
        stubborn.write_text(json.dumps([unit]), encoding="utf-8")
        if unit == NGINX:
            node.attributes["nginx_proxy"] = {"body_size": "2g"}
        else:
            node.attributes["chef_hub"]["hub"]["max_users"] = 52
        expect(not node.converge(f"{what} does not restart"), "the run did not fail")
        expect(f"Job for {unit} failed" in node.log, "the log does not say which service failed")
        stubborn.write_text("[]", encoding="utf-8")
        apply(node, f"{what} restarts now", unit)


def broken_line(node: Node) -> None:
    secrets = Path("/etc/jupyterhub/secrets.env")
    secrets.write_text(secrets.read_text(encoding="utf-8") + "no variable\n", encoding="utf-8")
    apply(node, "a line without =")  # without it the file is what the hub runs with
    expect("no variable" not in secrets.read_text(encoding="utf-8"), "the line is still there")


def aws_away(node: Node) -> None:
    """A node that is fine goes on while AWS is away."""
    marker = node.state / "away"
    marker.touch()
    (node.state / "aws-broken.json").write_text(json.dumps({"file": str(marker)}), encoding="utf-8")
    begun = time.monotonic()
    again(node, "AWS away")
    expect(time.monotonic() - begun < 300, "the run waited for AWS")
    marker.unlink()
