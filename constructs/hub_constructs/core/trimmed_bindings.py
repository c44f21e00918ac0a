"""A copy of the provider bindings that holds only the modules in use, and of these only what a synth needs.

The assembly that comes with ``cdktf_cdktf_provider_aws`` describes all 2,135 modules: 120 MB of JSON, which Node
parses whole, and an index that loads every module. A copy with the modules in use takes about 1 MB, and the
synthesized bytes are the same. The copy also holds these modules' Python source, and that of ``cdktf`` and
``constructs``, without docstrings and type checks (see ``plain_source``).

It is made from the installed packages, never committed, and kept in the project's ``.tools/bindings``. Its folder's
name is made of the modules, the installed packages and the code that makes it: when one of them changes, the next
synth makes a new copy by itself.

``python -m hub_constructs.core.trimmed_bindings`` makes the copy ahead of the first synth; ``make setup`` does.
"""

import fcntl
import hashlib
import importlib.util
import io
import json
import os
import py_compile
import re
import shutil
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from hub_constructs.core import plain_source

PACKAGE = "cdktf_cdktf_provider_aws"
# The packages that the bindings are built on, which jsii generated as well
FOUNDATIONS = ("cdktf", "constructs")
PROJECT = Path(__file__).resolve().parents[3]
COPIES = PROJECT / ".tools" / "bindings"
# Where a synth imports resources from
SOURCES = ("main.py", "stacks", "constructs")
LATE = "imported-late"  # modules that a process imported although no source names them
KEPT_DAYS = 7.0  # other checkouts of the same folder, such as an older commit, may come back to their copy

_NAMED = re.compile(rf"\b{PACKAGE}\.(\w+)")
_FROM = re.compile(rf"\bfrom\s+{PACKAGE}\s+import\s+(\([^)]*\)|(?:[^\n\\]|\\\n)*)")
_ALIAS = re.compile(rf"\bimport\s+{PACKAGE}\s+as\s+(\w+)")
_JSII_NAME = re.compile(r'jsii_type="(@cdktf/provider-aws\.\w+)\.')
_SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=data:[^\n]*")
# What only generators of bindings and of documentation read
_FOR_READERS = frozenset({"docs", "locationInModule", "readme"})


class TrimmingError(Exception):
    """The copy cannot be made; the message says why."""


def installed_package() -> tuple[ModuleSpec, Path]:
    """Return the installed bindings and their folder; raise ModuleNotFoundError when they are missing."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed: run `make setup`", name=PACKAGE)
    return spec, Path(next(iter(spec.submodule_search_locations)))


def modules_in_use(package: Path, sources: Iterable[Path]) -> frozenset[str]:
    """Return the modules of the bindings that Python sources name, in whichever way they import them."""
    named: set[str] = set()
    for text in _texts(sources):
        if PACKAGE not in text:
            continue
        named.update(_NAMED.findall(text))
        for names in _FROM.findall(text):
            named.update(re.findall(r"\w+", names))
        for alias in _ALIAS.findall(text):
            named.update(re.findall(rf"\b{alias}\.(\w+)", text))
    return frozenset(name for name in named if name != "_jsii" and (package / name / "__init__.py").is_file())


def trimmed_copy(
    package: Path, *, project: Path = PROJECT, copies: Path = COPIES
) -> tuple[Path, frozenset[str]]:
    """Return the folder that stands in for the bindings' package, and the modules that it serves.

    Makes it when there is none for the modules now in use. Raises TrimmingError when it cannot be made.
    """
    try:
        sources = [project / name for name in SOURCES]
        if missing := [str(source) for source in sources if not source.exists()]:
            raise FileNotFoundError(f"no {', '.join(missing)} to read the modules in use from")
        modules = modules_in_use(package, sources) | _late(package, copies)
        folder = copies / _key(package, modules)
        if not _is_whole(package, modules, folder):
            _make(package, modules, folder)
    except (
        OSError,
        KeyError,
        ValueError,
        EOFError,
        StopIteration,
        RecursionError,
        SyntaxError,
        tarfile.TarError,
        py_compile.PyCompileError,
    ) as error:
        raise TrimmingError(f"{type(error).__name__}: {error}") from error
    return folder, modules


def foundations_in(folder: Path) -> Path:
    """Return where a copy holds the packages of FOUNDATIONS; one that was not installed as expected is not there."""
    return folder / "foundations"


def remember_late_import(module: str, copies: Path) -> None:
    """Let the next copy hold a module that no source names, such as one imported by a computed name."""
    copies.mkdir(parents=True, exist_ok=True)
    with (copies / LATE).open("a", encoding="utf-8") as file:
        file.write(f"{module}\n")


def _texts(sources: Iterable[Path]) -> Iterator[str]:
    for source in sources:
        files = sorted(source.rglob("*.py")) if source.is_dir() else [source]
        for file in files:
            if file.is_file():
                yield file.read_text(encoding="utf-8", errors="replace")


def _late(package: Path, copies: Path) -> frozenset[str]:
    file = copies / LATE
    names = file.read_text(encoding="utf-8").split() if file.is_file() else []
    return frozenset(name for name in names if (package / name / "__init__.py").is_file())


def _foundations(package: Path) -> list[Path]:
    """Return the installed packages below the bindings. What pip did not put next to them is used as it is."""
    folders = [package.parent / name for name in FOUNDATIONS]
    return [folder for folder in folders if (folder / "_jsii" / "__init__.py").is_file()]


def _parts(package: Path, modules: Iterable[str], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the Python files of a copy in ``folder``, each after the installed file that it is made from."""
    for name in ["_jsii", *sorted(modules)]:
        yield package / name / "__init__.py", folder / name / "__init__.py"
    for source in _foundations(package):
        for file in sorted(source.rglob("__init__.py")):
            yield file, foundations_in(folder) / file.relative_to(source.parent)


def _is_whole(package: Path, modules: frozenset[str], folder: Path) -> bool:
    files = [
        folder / "_jsii" / _archive(package).name,
        *(file for _, file in _parts(package, modules, folder)),
    ]
    files += [
        foundations_in(folder) / source.name / "_jsii" / _archive(source).name
        for source in _foundations(package)
    ]
    return all(file.is_file() for file in files)


def _archive(package: Path) -> Path:
    return next((package / "_jsii").glob("*.jsii.tgz"))


def _key(package: Path, modules: frozenset[str]) -> str:
    """Return the name of a copy's folder: it changes with the modules, the installed packages and this code."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(Path(plain_source.__file__).read_bytes())
    digest.update(f"{sys.version_info[:2]} {sorted(modules)}".encode())
    for source in [package, *_foundations(package)]:
        archive = _archive(source)
        status = archive.stat()
        digest.update((source / "_jsii" / "__init__.py").read_bytes())
        digest.update(f"{archive.name} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()[:24]


def _make(package: Path, modules: frozenset[str], folder: Path) -> None:
    """Write the copy aside and rename it; processes that want the same one wait for the first."""
    copies = folder.parent
    copies.mkdir(parents=True, exist_ok=True)
    with _alone(copies):
        if _is_whole(package, modules, folder):
            return
        if sys.stderr.isatty():
            print(f"Making a copy of the bindings with the {len(modules)} modules in use", file=sys.stderr)
        with tempfile.TemporaryDirectory(dir=copies, prefix="new-") as temporary:
            aside = Path(temporary) / "copy"
            for source, target in _parts(package, modules, aside):
                _write_plain(source, target, folder / target.relative_to(aside))
            archive = _archive(package)
            _trim(archive, _namespaces(package, modules), aside / "_jsii" / archive.name)
            for source in _foundations(package):
                name = _archive(source).name
                shutil.copyfile(source / "_jsii" / name, foundations_in(aside) / source.name / "_jsii" / name)
            if folder.exists():  # a part of it was deleted
                shutil.rmtree(folder)
            aside.rename(folder)
        _forget_old(copies, folder)


def _write_plain(source: Path, target: Path, final: Path) -> None:
    """Write one module and its bytecode, which Python may be set not to write at the import."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(plain_source.without_checks(source.read_text(encoding="utf-8")), encoding="utf-8")
    bytecode = target.parent / "__pycache__" / f"__init__.{sys.implementation.cache_tag}.pyc"
    py_compile.compile(str(target), cfile=str(bytecode), dfile=str(final), doraise=True)


@contextmanager
def _alone(copies: Path) -> Iterator[None]:
    with (copies / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _forget_old(copies: Path, current: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 86_400
    for folder in copies.iterdir():
        if folder.is_dir() and folder != current and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _namespaces(package: Path, modules: frozenset[str]) -> frozenset[str]:
    """Return jsii's names of the modules, such as ``@cdktf/provider-aws.vpc``."""
    found = set()
    for module in modules:
        text = (package / module / "__init__.py").read_text(encoding="utf-8")
        name = _JSII_NAME.search(text)
        if name is None:
            raise ValueError(f"{module} names no jsii type")
        found.add(name[1])
    return frozenset(found)


def _trim(archive: Path, namespaces: frozenset[str], target: Path) -> None:
    """Write the archive with these namespaces only. Reads the original once, from front to end."""
    sources: dict[str, bytes] = {}
    assembly: dict[str, Any] = {}
    wanted: set[str] = set()
    with tarfile.open(archive, "r:gz") as original:
        for member in original:
            name = member.name.removeprefix("package/")
            if name == ".jsii":
                assembly = _trimmed_assembly(json.loads(_content(original, member)), namespaces)
                wanted = {f"lib/{_folder(entry)}/index.js" for entry in assembly["submodules"].values()}
            elif name == "package.json":
                sources[name] = _content(original, member)
            elif name.startswith("lib/") and name.endswith("/index.js") and (not assembly or name in wanted):
                sources[name] = _SOURCE_MAP.sub(b"", _content(original, member))
    if missing := wanted - set(sources):
        raise ValueError(f"{archive.name} lacks {', '.join(sorted(missing))}")
    exports = {name.partition(".")[2]: _folder(entry) for name, entry in assembly["submodules"].items()}
    files = {
        ".jsii": json.dumps(assembly).encode(),
        "package.json": sources["package.json"],
        "lib/index.js": _index(exports),
        **{name: sources[name] for name in sorted(wanted)},
    }
    with tarfile.open(target, "w:gz", compresslevel=1) as trimmed:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            trimmed.addfile(entry, io.BytesIO(content))


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} is not a file")
    return file.read()


def _trimmed_assembly(assembly: dict[str, Any], namespaces: frozenset[str]) -> dict[str, Any]:
    def ours(name: str) -> bool:
        return ".".join(name.split(".")[:2]) in namespaces

    submodules = {name: entry for name, entry in assembly["submodules"].items() if ours(name)}
    if missing := namespaces - set(submodules):
        raise ValueError(f"the assembly lacks {', '.join(sorted(missing))}")
    types = {name: entry for name, entry in assembly["types"].items() if ours(name)}
    kept = {**assembly, "submodules": submodules, "types": types}
    slim: dict[str, Any] = _without_prose(kept)
    return slim


def _without_prose(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_prose(inner) for key, inner in value.items() if key not in _FOR_READERS}
    return [_without_prose(inner) for inner in value] if isinstance(value, list) else value


def _folder(submodule: dict[str, Any]) -> str:
    """Return the folder below ``lib`` of a submodule, whose symbol is such as ``src/vpc/index:``."""
    return str(submodule["symbolId"]).split("/")[1]


def _index(exports: dict[str, str]) -> bytes:
    lines = [f'exports.{name} = require("./{folder}");' for name, folder in sorted(exports.items())]
    head = ['"use strict";', 'Object.defineProperty(exports, "__esModule", { value: true });']
    return "\n".join([*head, *lines, ""]).encode()


def main() -> int:
    """Make the copy unless it is there; return 1, with the reason said, when it cannot be made."""
    try:
        trimmed_copy(installed_package()[1])
    except (TrimmingError, ModuleNotFoundError) as error:
        print(f"the bindings were not trimmed, a synth takes longer: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
