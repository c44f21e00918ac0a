"""One file for all parts of a copy, packed with their digests, encrypted and signed; and the key for that.

The key is in SSM, where only the leader's role reads it, and on the leader's disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import json
import os
import re
import secrets
import subprocess
import tarfile

from hub_backup.settings import CALL_SECONDS, BackupError, Settings, log, write

MAGIC = b"CHEF-HUB-BACKUP-1\n"


def openssl(direction: str, key: str, content: bytes) -> bytes:
    """Encrypt (``-e``) or decrypt (``-d``); raise BackupError with what openssl says."""
    # The password through a separate pipe: every user of the machine can read the command line.
    reading, writing = os.pipe()
    try:
        os.write(writing, f"{key}\n".encode("ascii"))
        os.close(writing)
        done = subprocess.run(
            ["openssl", "enc", direction, "-aes-256-cbc", "-pbkdf2", "-md", "sha256", "-salt", "-pass", f"fd:{reading}"],
            input=content, capture_output=True, pass_fds=(reading,), timeout=300, check=False,
        )  # fmt: skip
    finally:
        os.close(reading)
    if done.returncode:
        raise BackupError(f"openssl {direction}: {done.stderr.decode(errors='replace').strip()[:200]}")
    return done.stdout


def signature(key: str, sealed: bytes) -> bytes:
    """Return the 32 bytes that prove that a sealed content is ours and whole."""
    # Another key than the password, from the same secret.
    return hmac.new(hashlib.sha256(f"sign {key}".encode("ascii")).digest(), MAGIC + sealed, "sha256").digest()


def seal(key: str, content: bytes) -> bytes:
    """Encrypt and sign a content."""
    sealed = openssl("-e", key, content)
    return MAGIC + signature(key, sealed) + sealed


def unseal(key: str, blob: bytes) -> bytes:
    """Return what was sealed; raise BackupError for another key, or a changed or damaged copy."""
    head = len(MAGIC)
    if not blob.startswith(MAGIC):
        raise BackupError("it is not a backup of a hub")
    if not hmac.compare_digest(blob[head : head + 32], signature(key, blob[head + 32 :])):
        raise BackupError("its signature does not fit: damaged, changed, or sealed with another key")
    return openssl("-d", key, blob[head + 32 :])


def packed(parts: dict[str, bytes], when: str) -> bytes:
    """Return a compressed archive of the parts with a list of their digests."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        head = json.dumps(
            {"at": when, "parts": {name: digest(content) for name, content in parts.items()}}
        ).encode()
        for name, content in [("manifest.json", head), *parts.items()]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the parts of an archive; raise BackupError unless they are those that its list names."""
    parts: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is not None:
                parts[member.name] = file.read()
    manifest = json.loads(parts.pop("manifest.json"))
    if {name: digest(content) for name, content in parts.items()} != manifest["parts"]:
        raise BackupError("its parts are not those that its list names")
    return parts


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


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
    # On standard input: every user of the machine can read a command line.
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
