"""The house stays in order: imports point one way, tests lie where the sources lie, and a file can be read at one sitting."""

import ast
import functools
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.tracked_files import tracked_files

ROOT = Path(__file__).resolve().parent.parent.parent
# Folders that are on Python's path, the longest first: constructs/, and those of the nodes' programs
SOURCE_ROOTS = sorted(
    tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"][
        "pythonpath"
    ],
    key=len,
    reverse=True,
)
# What a package must not import; docs/topics/architecture.md says why. Below `hubctl.core` are the commands.
FORBIDDEN: Mapping[str, tuple[str, ...]] = {
    "hub_constructs": ("stacks", "hubctl", "tools"),
    "stacks": ("hubctl", "tools"),
    "hubctl": ("tools",),
    "hubctl.core": ("hubctl",),
    "hubctl.scaling": ("hubctl.simulate", "hubctl.trial"),
    "hubctl.trial.aws": ("hubctl.trial.hosts", "hubctl.trial.lab", "hubctl.trial.swarm"),
    "hubctl.trial.hosts": ("hubctl.trial.lab", "hubctl.trial.swarm"),
    "hubctl.trial.swarm": ("hubctl.trial.lab",),
    "hub_common": ("lab_hub", "swarm_hub"),
    "lab_hub": ("swarm_hub",),
    "swarm_hub": ("lab_hub",),
}
LONGEST = 425  # lines of a source
LONGEST_TEST = 500
SHORT = 40
# Python sources that are shorter, each with why it stands alone
SHORT_FILES: Mapping[str, str] = {
    "constructs/hub_constructs/shared/default_security_group.py": "a construct of both stacks",
    "cookbooks/jupyterhub/files/default/hub/jupyterhub_config.py": "JupyterHub reads it by this name",
    "cookbooks/jupyterhub_lab/files/default/hub/jupyterhub_config.py": "JupyterHub reads it by this name",
    "cookbooks/jupyterhub_lab/files/default/hub/lab_hub/keeper.py": "a unit starts it by this name",
    "hubctl/core/errors.py": "everything raises them, so it imports nothing",
    "hubctl/core/project_folders.py": "set-up reads it before anything is installed",
    "hubctl/demo/cli.py": "each command has its cli.py",
    "hubctl/trial/aws/troubles.py": "two modules write these lines, and a third reads them",
    "hubctl/trial/hosts/systemctl.py": "it is copied to hosts, as a program that needs nothing else",
    "stacks/hub_sources.py": "the only place that says where the hubs' packages lie",
    "tools/reference/times_page.py": "one page, as the others here",
}


@functools.cache
def sources() -> Mapping[str, Path]:
    """Return the Python files outside of tests by the names of their modules."""
    found = {}
    for path in tracked_files(ROOT):
        if path.suffix == ".py" and not path.is_relative_to(ROOT / "tests"):
            root = next(each for each in SOURCE_ROOTS if path.is_relative_to(ROOT / each))
            parts = path.relative_to(ROOT / root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def statements(body: list[ast.stmt], *, everywhere: bool) -> Iterator[ast.stmt]:
    """Yield statements; without ``everywhere`` those that run when the module is imported."""
    for statement in body:
        if everywhere:
            yield from (node for node in ast.walk(statement) if isinstance(node, ast.stmt))
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        elif isinstance(statement, ast.If | ast.Try):
            yield from statements(statement.body, everywhere=False)
        else:
            yield statement


@functools.cache
def imported(module: str, *, everywhere: bool = True) -> frozenset[str]:
    """Return the modules that a module imports, of those outside of tests, and the names of others."""
    found: set[str] = set()
    tree = ast.parse(sources()[module].read_text(encoding="utf-8"))
    for statement in statements(tree.body, everywhere=everywhere):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            inside = {f"{statement.module}.{alias.name}" for alias in statement.names} & set(sources())
            found |= inside or {statement.module}
    return frozenset(found)


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def test_every_package_of_the_rules_is_there() -> None:
    assert len(sources()) > 100
    for package, others in FORBIDDEN.items():
        for name in (package, *others):
            assert any(is_in(module, name) for module in sources()), name


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_downwards(package: str) -> None:
    upwards = {
        f"{module} imports {other}"
        for module in sources()
        if is_in(module, package)
        for other in imported(module)
        if any(is_in(other, forbidden) for forbidden in FORBIDDEN[package]) and not is_in(other, package)
    }
    assert upwards == set()


def test_no_source_imports_tests() -> None:
    assert {module for module in sources() for other in imported(module) if is_in(other, "tests")} == set()


def test_no_imports_go_in_a_circle() -> None:
    """Circles of modules that import each other when they are imported: each is safe only in one order."""
    done: set[str] = set()

    def follow(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join([*path[path.index(module) :], module])
        if module in done:
            return
        for other in imported(module, everywhere=False):
            if other in sources():
                follow(other, (*path, module))
        done.add(module)

    for module in sources():
        follow(module, ())


def test_only_imports_at_the_start_can_make_a_circle() -> None:
    code = """\
import typing
if typing.TYPE_CHECKING:
    import seen_by_mypy_only
try:
    import tried
except ImportError:
    pass
def later():
    import imported_late
"""
    found = statements(ast.parse(code).body, everywhere=False)
    names = {alias.name for each in found if isinstance(each, ast.Import) for alias in each.names}
    assert names == {"typing", "tried"}


def test_tests_lie_where_the_sources_lie() -> None:
    folders = {
        path.parent.relative_to(ROOT / "tests/unit")
        for path in tracked_files(ROOT)
        if path.is_relative_to(ROOT / "tests/unit") and path.name.startswith("test_")
    }
    assert len(folders) > 20
    roots = [ROOT / root for root in (*SOURCE_ROOTS, "tests")]
    astray = {str(folder) for folder in folders if not any((root / folder).is_dir() for root in roots)}
    assert astray == set()


def test_most_tests_are_named_after_a_module() -> None:
    """``test_FILE.py`` or ``test_FILE_TOPIC.py`` beside FILE; what a few modules do together has a topic alone."""
    unit = [
        path
        for path in tracked_files(ROOT)
        if path.is_relative_to(ROOT / "tests/unit") and path.parent.name != "unit"
    ]
    named = [path for path in unit if path.name.startswith("test_")]
    topics = set()
    for path in named:
        folder, name = path.parent.relative_to(ROOT / "tests/unit"), path.stem.removeprefix("test_")
        beside = [each for root in (*SOURCE_ROOTS, "tests") for each in (ROOT / root / folder).glob("*")]
        modules = {each.stem.strip("_").replace("-", "_") for each in beside}
        if not any(name == module or name.startswith(f"{module}_") for module in modules if module):
            topics.add(str(path.relative_to(ROOT)))
    assert len(topics) < len(named) / 10, sorted(topics)


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_too_long_to_be_read() -> None:
    long = {
        str(path.relative_to(ROOT)): lines(path)
        for path in tracked_files(ROOT)
        if path.suffix in (".py", ".rb", ".sh")
        and lines(path) > (LONGEST_TEST if path.is_relative_to(ROOT / "tests") else LONGEST)
    }
    assert long == {}


def test_short_files_have_a_reason() -> None:
    short = {
        str(path.relative_to(ROOT))
        for path in sources().values()
        if path.name not in ("__init__.py", "__main__.py") and lines(path) < SHORT
    }
    assert short - set(SHORT_FILES) == set(), "join it with its neighbour, or say here why it stands alone"
    assert {name for name in SHORT_FILES if not (ROOT / name).is_file()} == set()
    assert len(short) < len(sources()) / 20
