"""Install the Python packages of Pipfile.lock into ``.venv``, and hubctl itself on top."""

import os
import shutil
import sys
import threading

from hubctl.core.project_folders import PIPENV_VERSION, ROOT, TOOLS, VENV
from hubctl.core.tool_versions import ask_tool, find_version, on_path
from tools.setup.running import run_setup_step
from tools.setup.stamps import base_python, is_done, mark_begun, mark_done, python_identity

OLDEST_PIPENV = (2024, 0)

# What an activated environment or the user's pip settings would use to lead packages somewhere else.
_MISLEADING = (
    "VIRTUAL_ENV", "PIPENV_ACTIVE", "PIPENV_PYTHON", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__",
    "PIP_USER", "PIP_TARGET", "PIP_PREFIX",
)  # fmt: skip
_NETWORK = "check the network and pip's index settings, then run `make setup` again: it resumes"


def install_python_packages(fingerprint: str, stop: threading.Event) -> None:
    """Build ``.venv`` and install exactly what Pipfile.lock names, with its hashes checked."""
    mark_begun("python")
    environment = clean_environment()
    _build_environment(environment, stop)
    command = [*pipenv_command(environment, stop), "sync", "--dev"]
    run_setup_step("Python packages", command, remedy=_NETWORK, environment=environment, stop=stop)
    _compile(environment, stop)
    mark_done("python", fingerprint)


def install_hubctl(fingerprint: str, stop: threading.Event) -> None:
    """Install the project itself as an editable package, which puts ``hubctl`` into ``.venv/bin``."""
    mark_begun("hubctl")
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-build-isolation",
        "--quiet",
        "-e",
        ".",
    ]
    run_setup_step(
        "hubctl", command, remedy="see the lines above", environment=clean_environment(), stop=stop
    )
    trim = [str(VENV / "bin" / "python"), "-m", "hub_constructs.core.trimmed_bindings"]
    run_setup_step(
        "provider bindings", trim, remedy="see the lines above", environment=clean_environment(), stop=stop
    )
    mark_done("hubctl", fingerprint)


def clean_environment() -> dict[str, str]:
    """Return the environment in which pip and pipenv install into ``.venv`` and nowhere else."""
    environment = {name: value for name, value in os.environ.items() if name not in _MISLEADING}
    environment.update(
        PIPENV_VENV_IN_PROJECT="1",
        PIPENV_IGNORE_VIRTUALENVS="1",
        PIPENV_VERBOSITY="-1",
        PIPENV_PIPFILE=str(ROOT / "Pipfile"),
        PIPENV_YES="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
        # pip would compile all 2,135 modules of the provider bindings, which takes minutes: see _compile
        PIP_COMPILE="0",
    )
    return environment


def _compile(environment: dict[str, str], stop: threading.Event) -> None:
    """Compile the installed packages, of the provider bindings only what every import of them needs."""
    python = str(VENV / "bin" / "python")
    all_but_resources = r"cdktf_cdktf_provider_aws/(?!_jsii/)"
    packages = sorted(str(folder) for folder in VENV.glob("lib/python*/site-packages"))
    command = [python, "-m", "compileall", "-q", "-j", "0", "-x", all_but_resources, *packages]
    # Files of templates and tests that are not Python by this version's grammar make compileall exit 1.
    script = "import subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=False)"
    run_setup_step(
        "compiling", [python, "-c", script, *command], remedy=_NETWORK, environment=environment, stop=stop
    )


def _build_environment(environment: dict[str, str], stop: threading.Event) -> None:
    """Create ``.venv``; one that another Python built, or that does not run, is replaced."""
    if _runs_with_same_version(environment):
        return
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    command = [base_python(), "-m", "venv", "--prompt", ROOT.name, str(VENV)]
    remedy = "install Python's venv module (on Debian and Ubuntu: the package python3-venv)"
    run_setup_step("Python environment", command, remedy=remedy, environment=environment, stop=stop)


def _runs_with_same_version(environment: dict[str, str]) -> bool:
    """Tell whether ``.venv`` runs, has pip and the running Python's version, so that it can be completed."""
    script = "import pip, sys; print(*sys.version_info[:3])"
    answer = ask_tool([str(VENV / "bin" / "python"), "-c", script], environment)
    return answer.exit_code == 0 and answer.output.split() == [str(part) for part in sys.version_info[:3]]


def pipenv_command(environment: dict[str, str], stop: threading.Event) -> list[str]:
    """Return the command for pipenv: the user's when it is recent enough, else one that the project installs."""
    if on_path("pipenv") is not None:
        version = find_version(
            ask_tool(["pipenv", "--version"], environment).output, r"version (\d+(?:\.\d+)+)"
        )
        if version is not None and version >= OLDEST_PIPENV:
            return ["pipenv"]
    home = TOOLS / "pipenv"
    wanted = f"{python_identity()} {PIPENV_VERSION}"
    if not is_done("pipenv", wanted) or not (home / "bin" / "pipenv").exists():
        mark_begun("pipenv")
        make = [base_python(), "-m", "venv", "--clear", str(home)]
        run_setup_step("pipenv environment", make, remedy=_NETWORK, environment=environment, stop=stop)
        install = [
            str(home / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            f"pipenv=={PIPENV_VERSION}",
        ]
        run_setup_step("pipenv", install, remedy=_NETWORK, environment=environment, stop=stop)
        mark_done("pipenv", wanted)
    return [str(home / "bin" / "pipenv")]


def install_node_packages(fingerprint: str, stop: threading.Event) -> None:
    """Install exactly what package-lock.json names into ``node_modules``, with its checksums verified."""
    mark_begun("node")
    environment = dict(os.environ, CI="1", NO_UPDATE_NOTIFIER="1")
    remedy = "check the network and npm's registry settings, then run `make setup` again: it resumes"
    command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
    run_setup_step("Node packages", command, remedy=remedy, environment=environment, stop=stop)
    mark_done("node", fingerprint)
