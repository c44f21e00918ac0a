"""Which tests run, and in which order: ``--quick`` leaves out what needs Terraform, Node or a host, long files come first.

Files come in random order otherwise (pytest-randomly). One that applies a stack takes minutes, and would keep one core
busy alone if it came last.
"""

import ast
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_SOURCES = (_ROOT, _ROOT / "constructs")
# Importing these starts Node
_STARTS_NODE = ("cdktf", "constructs", "cdktf_cdktf_provider_aws")
# What starts Node, and what boots a host with the nodes' scripts, which takes seconds
_LONG_FIXTURES = frozenset({"synth", "deploy"})
_STAND_IN = """\
#!/bin/sh
echo "${0##*/} was started by one of the quick tests: mark it with pytest.mark.node or pytest.mark.terraform" >&2
exit 97
"""
_REPLACED = ("cdktf", "node", "npm", "terraform")
_HOSTS = Path(__file__).resolve().parents[1] / "e2e"
_tools = pytest.StashKey[Path]()
_PLACE = pytest.StashKey[int]()
_collected = count()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="only tests that need neither Terraform nor Node nor a host"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Put stand-ins for Terraform and Node on PATH, so that a test that is not marked fails."""
    if config.getoption("--quick"):
        folder = Path(tempfile.mkdtemp(prefix="quick-tests-"))
        config.stash[_tools] = folder
        for name in _REPLACED:
            (folder / name).write_text(_STAND_IN)
            (folder / name).chmod(0o755)
        os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = config.stash.get(_tools, None)
    if folder is not None:
        os.environ["PATH"] = os.environ["PATH"].removeprefix(f"{folder}:")
        shutil.rmtree(folder, ignore_errors=True)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files that import what starts Node."""
    quick = config.getoption("--quick") and collection_path.suffix == ".py"
    return True if quick and starts_node(collection_path.read_text(encoding="utf-8")) else None


def starts_node(source: str) -> bool:
    """Whether a module with this source starts Node when it is imported, itself or by what it imports."""
    seen: set[str] = set()
    waiting = list(_imported(source))
    while waiting:
        module = waiting.pop()
        if module.partition(".")[0] in _STARTS_NODE:
            return True
        if module not in seen:
            seen.add(module)
            waiting += _imported_by(module)
    return False


@functools.cache
def _imported_by(module: str) -> tuple[str, ...]:
    file = _file_of(module)
    return () if file is None else tuple(_imported(file.read_text(encoding="utf-8")))


def _file_of(module: str) -> Path | None:
    places = (root / module.replace(".", "/") for root in _SOURCES)
    files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
    return next((file for file in files if file.is_file()), None)


def _imported(source: str) -> Iterator[str]:
    """Yield what a module imports when it is imported itself, not what its functions import."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Remember where a test stood before it was shuffled."""
    item.stash[_PLACE] = next(_collected)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After the shuffle: bring the steps of stories back into order, and long files to the front."""
    if config.getoption("--quick"):
        left_out = [item for item in items if _is_long(item)]
        items[:] = [item for item in items if not _is_long(item)]
        config.hook.pytest_deselected(items=left_out)
    turns: dict[Path, int] = {}
    places: dict[Path, int] = {}
    for place, item in enumerate(items):
        turns[item.path] = min(turns.get(item.path, 2), _turn(item))
        group = _group(item)
        here = item.stash[_PLACE] if _is_on_hosts(item) else place
        places[group] = min(places.get(group, here), here)
    turn_of = {item: item.stash[_PLACE] if _is_step(item) else place for place, item in enumerate(items)}
    items.sort(
        key=lambda item: (turns[item.path], places[_group(item)], _has_own_limits(item), turn_of[item])
    )


def _group(item: pytest.Item) -> Path:
    """Return what stays together: a file, or all tests that share their hosts."""
    return item.path.parent if _is_on_hosts(item) else item.path


def _has_own_limits(item: pytest.Item) -> bool:
    """Tell whether a test changes the limits of the hub that it shares; each change costs a restart of the hub."""
    return item.get_closest_marker("own_limits") is not None


def _is_step(item: pytest.Item) -> bool:
    return item.get_closest_marker("story") is not None or _is_on_hosts(item)


def _is_on_hosts(item: pytest.Item) -> bool:
    """Tell whether a test belongs to those on real hosts: they share them, and one file's are gone before the next's."""
    return item.path.is_relative_to(_HOSTS)


def _is_long(item: pytest.Item) -> bool:
    named = getattr(item, "fixturenames", ())
    return bool({"node", "terraform"} & {mark.name for mark in item.iter_markers()}) or bool(
        _LONG_FIXTURES & set(named)
    )


def _turn(item: pytest.Item) -> int:
    marks = {mark.name for mark in item.iter_markers()}
    return 0 if "apply" in marks else 1 if "terraform" in marks else 2
