"""Makes importing one resource of the AWS provider cheap, in Python and in Node.

``cdktf_cdktf_provider_aws/__init__.py`` imports all of its 2,135 submodules, and its jsii assembly describes all of
them to Node. A bare module of that name lets Python import only the submodules that are asked for, and a trimmed copy
of the bindings (see ``trimmed_bindings``) lets Node load only those, and Python only what a synth needs of them. The
synthesized bytes are the same; ``make bench`` measures the difference.
"""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from hub_constructs.core.trimmed_bindings import (
    COPIES,
    FOUNDATIONS,
    PACKAGE,
    PROJECT,
    TrimmingError,
    foundations_in,
    installed_package,
    remember_late_import,
    trimmed_copy,
)


def register_aws_bindings(*, project: Path = PROJECT, copies: Path = COPIES) -> bool:
    """Register the bare package; return False when the package was imported before and nothing was done.

    ``project`` holds the sources that name the modules in use, ``copies`` the trimmed copies. They are looked at when the
    first module of the bindings or of ``cdktf`` is imported: a process that synthesizes nothing loses no time.
    """
    if PACKAGE in sys.modules:
        return False
    spec, installed = installed_package()
    bare = importlib.util.module_from_spec(spec)
    bare.__getattr__ = _import_module  # type: ignore[method-assign]
    sys.meta_path.insert(0, _Trimmed(bare, installed, project, copies))
    sys.modules[PACKAGE] = bare
    return True


def _import_module(name: str) -> Any:
    """Return a submodule as an attribute of the package, as its own ``__init__`` would have it."""
    if name.startswith("__"):
        raise AttributeError(name)
    try:
        return importlib.import_module(f"{PACKAGE}.{name}")
    except ModuleNotFoundError as error:
        raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}") from error


class _Trimmed(MetaPathFinder):
    """Finds the modules of the bindings, what describes them to Node, ``cdktf`` and ``constructs`` in the trimmed copy.

    A ``cdktf`` that was imported before serves as well; only the time is lost.

    It stops the import of a module that the copy lacks, and has the next copy hold it. Which modules are in use is read
    from the sources. One that is imported by a computed name, or by code outside the project, is not seen there; Node
    would fail at its first resource with a message that does not help.
    """

    def __init__(self, package: ModuleType, installed: Path, project: Path, copies: Path) -> None:
        self._package = package
        self._installed = installed
        self._project = project
        self._copies = copies
        self._looked = False
        # None where the full assembly serves
        self._copy: tuple[Path, frozenset[str]] | None = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module in the copy, raise ImportError for one that it lacks; leave all others to Python."""
        del path, target
        package, _, name = fullname.partition(".")
        is_foundation = package in FOUNDATIONS and not name
        if not is_foundation and (package != PACKAGE or "." in name):
            return None
        if sys.modules.get(PACKAGE) is not self._package:
            return None
        if not self._looked:
            self._looked, self._copy = True, self._choose()
        if self._copy is None:
            return None
        folder, modules = self._copy
        if is_foundation:
            where = foundations_in(folder)
            # Python would take a folder of that name without an __init__.py for a package
            found = (where / fullname / "__init__.py").is_file()
            return PathFinder.find_spec(fullname, [str(where)]) if found else None
        if name == "_jsii" or name in modules:
            return PathFinder.find_spec(fullname, [str(folder)])
        if not (self._installed / name / "__init__.py").is_file():
            return None
        remember_late_import(name, self._copies)
        raise ImportError(
            f"{fullname} is imported where no source of the stacks names it; it has been added to the trimmed"
            " bindings: run the same command again",
            name=fullname,
        )

    def _choose(self) -> tuple[Path, frozenset[str]] | None:
        """Return the copy and its modules; where it cannot be made, say so on standard error."""
        try:
            return trimmed_copy(self._installed, project=self._project, copies=self._copies)
        except TrimmingError as error:
            print(
                f"note: the full provider bindings are used, which takes longer; they cannot be trimmed: {error}",
                file=sys.stderr,
            )
            return None
