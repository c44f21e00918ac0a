"""System packages: one list, installed where apt and rights allow it, else the one command to run, before any work."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.core.project_folders import ROOT
from tests.support.waiting import PATIENCE
from tools.setup import system_packages
from tools.setup.system_packages import LIST, PURPOSES, SystemPackage, read_package_list

# A sudo that lets every user, and an apt-get that installs only these two programs
SUDO = '#!/bin/sh\necho "sudo $*" >>"$CALLS"\nwhile [ "${1#-}" != "$1" ]; do shift; done\nexec "$@"\n'
APT = """\
#!/bin/sh
echo "apt-get $*" >>"$CALLS"
[ "$1" = "$APT_FAILS" ] && { echo "E: no such package"; exit 100; }
[ "$1" = install ] || exit 0
for program in dot rspec; do [ -n "$APT_LIES" ] || cp "$0" "${0%/*}/$program"; done
"""


class Machine:
    """A PATH with some of the read_package_list programs, and what was called."""

    def __init__(self, folder: Path, project: Path) -> None:
        self._folder, self._project = folder, project
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        for tool in ("sh", "env", "cp", "true"):
            (self.bin / tool).symlink_to(shutil.which(tool) or tool)

    def add(self, name: str, text: str = "#!/bin/sh\n") -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def add_all_but(self, *missing: str) -> None:
        for package in read_package_list(LIST.read_text()):
            if package.program not in missing:
                self.add(package.program)

    def run(self, purpose: str, *, root: bool, **environment: str) -> "subprocess.CompletedProcess[str]":
        script = (
            "import os, sys; from tools.setup import system_packages as s, running; "
            "from hubctl.core import tool_versions as tools;"
            f"os.geteuid = lambda: {0 if root else 1000}; tools.ADMINISTRATORS = '';"
            f"import pathlib; running.LOGS = pathlib.Path({str(self._folder)!r}) / 'logs';"
            "sys.exit(s.main(sys.argv[1:]))"
        )
        return subprocess.run(
            [sys.executable, "-c", script, purpose],
            cwd=self._project,
            env={
                "PATH": str(self.bin),
                "CALLS": str(self._folder / "calls"),
                "PYTHONPATH": str(self._project),
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        file = self._folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def machine(tmp_path: Path, project: Path) -> Machine:
    return Machine(tmp_path, project)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_nothing_is_done_where_nothing_is_missing(machine: Machine, purpose: str) -> None:
    machine.add_all_but()
    done = machine.run(purpose, root=True)
    assert (done.returncode, done.stdout, done.stderr, machine.calls) == (0, "", "", [])


def test_root_installs_what_is_missing_and_says_so_first(machine: Machine) -> None:
    machine.add_all_but("dot", "rspec")
    machine.add("apt-get", APT)
    done = machine.run("test", root=True)
    assert done.returncode == 0, done.stderr
    assert machine.calls == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends graphviz ruby-rspec",
    ]
    said = done.stderr.splitlines()
    assert said[0] == "Installing system packages:"
    assert [line.split()[0] for line in said[1:3]] == ["graphviz", "ruby-rspec"]
    assert said[-1] == "System packages: done"
    assert machine.run("test", root=True).stderr == ""


def test_others_install_through_sudo(machine: Machine) -> None:
    machine.add_all_but("dot", "rspec")
    machine.add("apt-get", APT)
    machine.add("sudo", SUDO)
    assert machine.run("test", root=False).returncode == 0
    assert [call for call in machine.calls if call.startswith("sudo")] == [
        "sudo -n true",
        "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get update",
        "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends graphviz ruby-rspec",
    ]


@pytest.mark.parametrize("sudo", [None, "#!/bin/sh\nexit 1\n"], ids=["no sudo", "sudo refuses"])
def test_without_rights_the_one_command_is_said(machine: Machine, sudo: str | None) -> None:
    machine.add_all_but("dot", "rspec")
    machine.add("apt-get", APT)
    if sudo:
        machine.add("sudo", sudo)
    done = machine.run("test", root=False)
    assert (done.returncode, machine.calls) == (2, [])
    assert done.stderr.splitlines() == [
        "Run this as root, then `make test` again:",
        "  apt-get update && apt-get install --yes --no-install-recommends graphviz ruby-rspec",
    ]


def test_without_apt_the_programs_are_said(machine: Machine) -> None:
    machine.add_all_but("dot", "rspec")
    done = machine.run("test", root=True)
    assert done.returncode == 2
    assert done.stderr == (
        "Install these programs with this system's package manager: dot (graphviz), rspec (ruby-rspec)\n"
    )


def test_what_only_the_hosts_need_is_not_asked_for_by_other_checks(machine: Machine) -> None:
    machine.add_all_but("dockerd", "nginx")
    assert machine.run("test", root=False).returncode == 0
    assert machine.run("e2e", root=False).returncode == 2


def test_what_apt_says_is_shown_when_it_fails(machine: Machine) -> None:
    machine.add_all_but("dot")
    machine.add("apt-get", APT)
    done = machine.run("check", root=True, APT_FAILS="install")
    assert done.returncode == 1
    assert "system packages failed with exit code 100" in done.stderr
    assert "E: no such package" in done.stderr


def test_a_package_without_its_program_is_an_error(machine: Machine) -> None:
    machine.add_all_but("dot")
    machine.add("apt-get", APT)
    done = machine.run("check", root=True, APT_LIES="yes")
    assert done.returncode == 1
    assert "these programs are still not there: dot" in done.stderr


@pytest.mark.parametrize(
    "line", ["graphviz", "graphviz dot", "graphviz dot pictures", "graphviz dot check test"]
)
def test_a_line_that_is_not_whole_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(line))):
        read_package_list(line)


def test_the_list_is_read() -> None:
    package = SystemPackage("graphviz", "dot", ("check", "test"), "lays out pictures")
    assert read_package_list("# a remark\n\ngraphviz dot check test lays out pictures\n") == [package]
    assert {"rubocop", "docker.io", "graphviz"} <= {each.name for each in read_package_list(LIST.read_text())}


@pytest.mark.parametrize("arguments", [[], ["demo"], ["test", "e2e"]])
def test_other_arguments_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert system_packages.main(arguments) == 2
    assert "check|test|e2e" in capsys.readouterr().err


@pytest.mark.parametrize("purpose", PURPOSES)
def test_make_asks_for_them_before_any_work(tmp_path: Path, purpose: str) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    python, calls = tmp_path / "python", tmp_path / "calls"
    python.write_text(f'#!/bin/sh\necho "$*" >>{calls}\nexit 2\n')
    python.chmod(0o755)
    done = subprocess.run(
        [shutil.which("make") or "make", "-j4", purpose, f"PYTHON={python}"],
        cwd=tmp_path,
        # Without the variables that an outer make, such as that of `make test`, passes to an inner one
        env={name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert calls.read_text() == f"-m tools.setup.system_packages {purpose}\n"
