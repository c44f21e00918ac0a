"""Remember which set-up steps were done, and from what, so that a second set-up takes no time."""

import hashlib
import os
import sys
from pathlib import Path

from hubctl.core.files import write_whole
from hubctl.core.project_folders import NODE_MODULES, ROOT, STAMPS, VENV
from hubctl.core.tool_versions import TERRAFORM_MINIMUM, on_path, show_version, terraform_binary


def is_done(step: str, fingerprint: str) -> bool:
    """Return whether the step was completed from the same inputs and its result still stands."""
    results = {
        "python": VENV / "bin" / "python",
        "hubctl": VENV / "bin" / "hubctl",
        "node": NODE_MODULES / ".bin" / "cdktf",
    }
    if step in results and not results[step].exists():
        return False
    try:
        return (STAMPS / step).read_bytes() == fingerprint.encode()
    except OSError:
        return False


def mark_done(step: str, fingerprint: str) -> None:
    """Record that the step was completed from these inputs."""
    write_whole(STAMPS / step, fingerprint, durable=False, folders=True)


def mark_begun(step: str) -> None:
    """Record that the step has begun, so that one that is interrupted is done again."""
    (STAMPS / step).unlink(missing_ok=True)


def fingerprints() -> dict[str, str]:
    """Return the fingerprint of the inputs of every step."""
    node = on_path("node") or ""
    return {
        "tools": _fingerprint([], [_tool(name) for name in ("node", "npm", terraform_binary())]),
        "python": _fingerprint(["Pipfile.lock"], [python_identity()]),
        "hubctl": _fingerprint(["pyproject.toml"], [python_identity(), str(ROOT)]),
        "node": _fingerprint(["package.json", "package-lock.json", ".npmrc"], [_tool(node)]),
    }


def lock_fingerprint(lock: str) -> str:
    """Return the fingerprint of an environment that is made of one lock file, by its path in the project."""
    return _fingerprint([lock], [python_identity()])


def python_identity() -> str:
    """Return what an environment built from the running Python depends on.

    The same for every name of one interpreter: with ``.venv/bin`` on PATH, make finds the environment's own.
    """
    return f"{os.path.realpath(base_python())} {show_version(sys.version_info[:3])}"


def base_python() -> str:
    """Return the interpreter behind the running one, also when an environment is active."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _tool(name: str) -> str:
    path = on_path(name)
    if path is None:
        return f"{name} missing"
    status = Path(path).stat()  # follows the links of version managers
    return f"{path} {status.st_size} {status.st_mtime_ns} {TERRAFORM_MINIMUM}"


def _fingerprint(files: list[str], words: list[str]) -> str:
    digest = hashlib.sha256("\n".join(words).encode())
    for name in files:
        path = ROOT / name
        digest.update(b"\0" + path.read_bytes() if path.exists() else b"\0")
    return digest.hexdigest()
