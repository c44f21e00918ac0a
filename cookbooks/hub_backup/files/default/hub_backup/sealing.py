"""One file for all parts of a copy: packed with their digests, encrypted and signed."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import subprocess
import tarfile

from hub_backup.settings import BackupError

MAGIC = b"CHEF-HUB-BACKUP-1\n"


def openssl(direction: str, key: str, content: bytes) -> bytes:
    """Encrypt (``-e``) or decrypt (``-d``); raise BackupError with what openssl says."""
    # The password on a pipe of its own: the command line is everybody's to read.
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
