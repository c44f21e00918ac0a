"""Makes importing one resource of the AWS provider cheap, in Python and in Node.

``cdktf_cdktf_provider_aws/__init__.py`` imports all of its 2,135 submodules, and its jsii assembly describes all of
them to Node. A bare module of that name lets Python import only the submodules that are asked for, and a trimmed copy
of the assembly (see ``trimmed_bindings``) lets Node load only those. The synthesized bytes are the same; ``make bench``
measures the difference.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from hub_constructs.trimmed_bindings import (
    COPIES,
    PACKAGE,
    PROJECT,
    TrimmingError,
    installed_package,
    remember_late_import,
    trimmed_copy,
)


def register_aws_bindings(*, project: Path = PROJECT, copies: Path = COPIES) -> bool:
    """Register the bare package; return False when the package was imported before and nothing was done.

    ``project`` holds the sources that name the modules in use, ``copies`` the trimmed copies.

    Where the trimmed copy cannot be made, the full assembly serves, and a line on standard error says so.
    """
    if PACKAGE in sys.modules:
        return False
    spec, installed = installed_package()
    bare = importlib.util.module_from_spec(spec)
    bare.__getattr__ = _import_module  # type: ignore[method-assign]
    try:
        copy, modules = trimmed_copy(installed, project=project, copies=copies)
    except TrimmingError as error:
        print(
            f"note: the full provider bindings are used, which takes longer; they cannot be trimmed: {error}",
            file=sys.stderr,
        )
    else:
        # Python's modules come from the installed package, only what describes them to Node from the copy.
        bare.__path__ = [str(copy), *bare.__path__]
        sys.meta_path.insert(0, _Unforeseen(bare, installed, modules, copies))
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


class _Unforeseen(importlib.abc.MetaPathFinder):
    """Stops the import of a module that the trimmed copy lacks, and has the next copy hold it.

    Which modules are in use is read from the sources. One that is imported by a computed name, or by code outside
    the project, is not seen there; Node would fail at its first resource with a message that helps nobody.
    """

    def __init__(self, package: ModuleType, installed: Path, modules: frozenset[str], copies: Path) -> None:
        self._package = package
        self._installed = installed
        self._modules = modules
        self._copies = copies

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Raise ImportError for a module of the bindings that the copy lacks; leave all others to Python."""
        del path, target
        package, _, name = fullname.partition(".")
        known = package != PACKAGE or "." in name or name == "_jsii" or name in self._modules
        another = sys.modules.get(PACKAGE) is not self._package
        if known or another or not (self._installed / name / "__init__.py").is_file():
            return None
        remember_late_import(name, self._copies)
        raise ImportError(
            f"{fullname} is imported where no source of the stacks names it; it has been added to the trimmed"
            " bindings: run the same command again",
            name=fullname,
        )
