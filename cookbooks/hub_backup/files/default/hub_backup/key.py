"""The key that copies are sealed with: in SSM, where only the leader's role reads it, and on the leader's disk."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import subprocess

from hub_backup.files import write
from hub_backup.settings import CALL_SECONDS, BackupError, Settings, log


def aws(settings: Settings, *words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Call the AWS CLI; raise BackupError when there is no answer in time."""
    command = ["aws", "--region", settings.region, *words, "--output", "json"]
    try:
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, timeout=CALL_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise BackupError(f"aws {words[0]} {words[1]}: no answer within {CALL_SECONDS} s") from None


def published_key(settings: Settings) -> str | None:
    """Return the key in SSM; None when there is none."""
    answer = aws(settings, "ssm", "get-parameter", "--name", settings.key_parameter, "--with-decryption")
    if answer.returncode == 0:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            value = json.loads(answer.stdout)["Parameter"]["Value"]
            if re.fullmatch(r"[0-9a-f]{64}", value):
                return str(value)
        raise BackupError(
            f"{settings.key_parameter} holds no key of 64 hexadecimal digits: was it changed by hand?"
        )
    if "ParameterNotFound" in answer.stderr:
        return None
    raise BackupError(f"cannot read {settings.key_parameter}: {answer.stderr.strip()}")


def publish_key(settings: Settings, key: str) -> None:
    """Put the key into SSM, never over another one."""
    # On standard input: a command line is everybody's to read.
    answer = aws(
        settings, "ssm", "put-parameter", "--name", settings.key_parameter, "--type", "SecureString",
        "--value", "file:///dev/stdin", stdin=key,
    )  # fmt: skip
    if answer.returncode:
        raise BackupError(f"cannot write {settings.key_parameter}: {answer.stderr.strip()}")


def saving_key(settings: Settings, kind: str) -> str:
    """Return the key that copies are sealed with: kept on the leader's disk, so that a copy at stop needs no AWS."""
    file = settings.state / "key"
    kept = file.read_text(encoding="ascii").strip() if file.exists() else None
    if kept and kind != "nightly":
        return kept
    key = published_key(settings)
    if key is None:
        # Gone from SSM or never made: without it a new leader could open nothing.
        publish_key(settings, kept or secrets.token_hex(32))
        key = published_key(settings)
        log(f"put the key of the backups at {settings.key_parameter}")
    if key is None:
        raise BackupError(f"{settings.key_parameter} does not keep what is written there")
    if key != kept:
        write(file, key.encode("ascii"))
    return key
