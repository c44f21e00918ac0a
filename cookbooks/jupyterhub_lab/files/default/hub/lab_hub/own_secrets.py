"""Secrets that an instance makes itself, once: they never leave it, and end with it."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

from lab_hub.environment_file import write_private
from swarm_hub.secrets import COOKIE_SECRET, CRYPT_KEY, METRICS_TOKEN, PROXY_TOKEN

NAMES = (PROXY_TOKEN, COOKIE_SECRET, CRYPT_KEY, METRICS_TOKEN)


def own_secrets(file: Path) -> dict[str, str]:
    """Return the hub's secrets by variable; made and kept in ``file`` at the first call, so that logins outlive a reboot."""
    kept: dict[str, str] = {}
    if file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
    made = {name: kept.get(name) or secrets.token_hex(32) for name in NAMES}
    if made != kept:
        write_private(file, json.dumps(made, indent=1) + "\n")
    return made


def agent_token(file: Path) -> None:
    """Make the token by which the session agent speaks to the hub, unless there is one."""
    if not file.exists() or not file.read_text(encoding="utf-8").strip():
        write_private(file, secrets.token_hex(32) + "\n")
