"""What no tracked file may hold: names of package indexes, paths of one machine, locks bound to an index."""

import json
import re
from pathlib import Path

import pytest

from tests.support.tracked_files import tracked_files

ROOT = Path(__file__).resolve().parent.parent.parent

# Put together here, so that this file does not hold what it looks for
INDEX_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("rubygems", "org"),
        ("registry", "terraform", "io"),
        ("registry", "opentofu", "org"),
    )
)
MACHINE_FOLDERS = ("work", "farm", "old_root", "root/.pyenv", "root/.cargo", "root/.cache", "opt/tf-plugins")
MACHINE_PATH = re.compile(r"(?<![\w.}/-])/(?:" + "|".join(map(re.escape, MACHINE_FOLDERS)) + r")(?=/|\b)")
BINARY = {".png", ".gz", ".zip", ".ico"}


def offences(text: str) -> list[str]:
    """Return a description of every line of a text that holds what it must not."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        lowered = line.lower()
        found += [f"line {number} names the index {host}" for host in INDEX_HOSTS if host in lowered]
        if MACHINE_PATH.search(line) or (len(ROOT.parts) > 2 and f"{ROOT}/" in line):
            found.append(f"line {number} names a path of one machine")
    return found


def test_no_tracked_file_names_an_index_or_a_path_of_one_machine() -> None:
    files = [file for file in tracked_files(ROOT) if file.suffix not in BINARY]
    assert len(files) > 20
    found = {
        str(path.relative_to(ROOT)): lines
        for path in files
        if (lines := offences(path.read_text(encoding="utf-8", errors="replace")))
    }
    assert found == {}


@pytest.mark.parametrize("host", INDEX_HOSTS)
def test_an_index_is_recognised(host: str) -> None:
    assert offences(f"fine\nhttps://{host.upper()}/simple") == [f"line 2 names the index {host}"]


@pytest.mark.parametrize("folder", MACHINE_FOLDERS)
def test_a_path_of_this_machine_is_recognised(folder: str) -> None:
    assert offences(f'x = "/{folder}/y"') == ["line 1 names a path of one machine"]
    assert offences(f"see {ROOT}/main.py") == ["line 1 names a path of one machine"]


@pytest.mark.parametrize(
    "line",
    [f"/home/jovyan/{name}/x" for name in MACHINE_FOLDERS] + ["framework/x", "/opt/chef/bin", "/workspace"],
)
def test_ordinary_paths_are_not_mistaken(line: str) -> None:
    assert offences(line) == []


def test_pipfile_lock_is_bound_to_hashes_and_to_no_index() -> None:
    lock = json.loads((ROOT / "Pipfile.lock").read_text())
    assert lock["_meta"]["sources"] == []
    for section in ("default", "develop"):
        for name, package in lock[section].items():
            assert "index" not in package, name
            assert package["hashes"], name


def test_pipfile_names_no_source() -> None:
    assert "[[source]]" not in re.sub(r"#.*", "", (ROOT / "Pipfile").read_text())


def test_package_lock_is_bound_to_checksums_and_to_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert len(packages) > 10
    for path, package in packages.items():
        assert "resolved" not in package, path
        assert not path or package.get("inBundle") or package.get("link") or package["integrity"], path


def test_cdktf_json_leaves_settings_to_the_environment_too() -> None:
    """With a ``context`` key, the cdktf command line would ignore CDKTF_CONTEXT_JSON."""
    settings = json.loads((ROOT / "cdktf.json").read_text())
    assert "context" not in settings
    assert settings["sendCrashReports"] == "false"
    assert settings["app"] == ".venv/bin/python main.py"


def test_no_package_init_shadows_the_library_named_constructs() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()
