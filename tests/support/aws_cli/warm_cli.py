"""The AWS CLI, imported ahead of the calls: what they all load is loaded once, and nothing else is the same for them.

A call's process tells at its end which modules and data files it needed beyond that. The next calls find those too.
"""

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

# What the interpreter reads before any module does, beside what starts with PYTHON or LC_
_OF_THE_INTERPRETER = ("PYTHON", "LC_", "LANG")
_WITHOUT_EFFECT = ("PYTHONDONTWRITEBYTECODE",)
_MODULES = "PYTHONPATH"
_OF_THE_SERVER = {"__main__", "tests"}


class _Recorded(type(os.environ)):  # type: ignore[misc]
    """The environment, which remembers the names that were asked for."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        value: str = super().__getitem__(name)
        return value


class WarmCli:
    """What the server's process holds ready. ``lessons`` becomes readable when there is something to ``learn``."""

    def __init__(self) -> None:
        self._environment = dict(os.environ)
        os.environ.__class__ = _Recorded
        awscli = importlib.import_module("awscli")
        clidriver = importlib.import_module("awscli.clidriver")
        loaders, botocore = sys.modules["botocore.loaders"], sys.modules["botocore"]
        self._data = _PackageData(loaders, [_folder(awscli), _folder(botocore)])
        _prepare_driver(clidriver)
        self._modules = set(sys.modules)
        self.lessons, self._teacher = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        gc.freeze()  # the collector would copy all of it into each call's process

    def suits(self, variables: Mapping[bytes, bytes], root: Path) -> bool:
        """Tell whether the CLI would be imported with the same outcome in this environment; ``root`` is the caller's."""
        given = {os.fsdecode(name): os.fsdecode(value) for name, value in variables.items()}
        read = {name for name in {*given, *self._environment} if name.startswith(_OF_THE_INTERPRETER)}
        read -= {*_WITHOUT_EFFECT, _MODULES}
        return all(
            given.get(name) == self._environment.get(name) for name in read | _Recorded.asked
        ) and not (self._replaced(given.get(_MODULES, ""), root))

    def _replaced(self, folders: str, root: Path) -> bool:
        """Tell whether folders of modules that are searched first, as programs of the nodes have, hold one of the CLI's."""
        own = {name.partition(".")[0] for name in sys.modules} - _OF_THE_SERVER
        for folder in filter(None, folders.split(os.pathsep)):
            with contextlib.suppress(OSError):
                if own & {path.name.partition(".")[0] for path in (root / folder.lstrip("/")).iterdir()}:
                    return True
        return False

    def variables(self) -> dict[str, str]:
        """Return the environment variables that the import has set."""
        return {name: value for name, value in os.environ.items() if self._environment.get(name) != value}

    def teach(self) -> None:
        """In the process of a call: tell what it loaded."""
        modules = [name for name in sys.modules if name not in self._modules]
        if not modules and not self._data.loaded and not self._data.listed:
            return
        lesson = {"modules": modules, "files": self._data.loaded, "lists": self._data.listed}
        with contextlib.suppress(OSError):  # the server may have gone
            self._teacher.send(json.dumps(lesson).encode())

    def learn(self) -> None:
        """Load what a call had to load."""
        lesson: dict[str, Any] = json.loads(self.lessons.recv(1 << 20))
        for name in lesson["modules"]:
            with contextlib.suppress(ImportError):  # some are made by others, and not to be found
                importlib.import_module(name)
        self._modules |= {*sys.modules, *lesson["modules"]}
        self._data.load(lesson["files"], lesson["lists"])
        gc.freeze()


class _PackageData:
    """The data files of the AWS CLI's own package, which stay as they are, and the lists of services made from them."""

    def __init__(self, loaders: ModuleType, folders: list[str]) -> None:
        self.loaded: list[str] = []
        self.listed: list[tuple[str, list[str], list[str]]] = []
        self._folders = tuple(f"{folder}/" for folder in folders)
        self._documents: dict[str, Any] = {}
        self._lists: dict[tuple[str, ...], list[str]] = {}
        self._read_file = loaders.JSONFileLoader.load_file
        self._list_services = loaders.Loader.list_available_services
        self._loader = loaders.JSONFileLoader()
        loaders.JSONFileLoader.load_file = lambda loader, path: self._document(loader, path)
        loaders.Loader.list_available_services = lambda loader, type_name: self._services(loader, type_name)

    def load(self, files: list[str], lists: list[tuple[str, list[str], list[str]]]) -> None:
        for path in files:
            if path not in self._documents:
                self._documents[path] = self._read_file(self._loader, path)
        self._lists.update({(type_name, *paths): names for type_name, paths, names in lists})

    def _document(self, loader: Any, path: str) -> Any:
        # A process gets each document once, since it may change it; the file holds the next one.
        if path in self._documents:
            return self._documents.pop(path)
        found = self._read_file(loader, path)
        if found is not None and path.startswith(self._folders):
            self.loaded.append(path)
        return found

    def _services(self, loader: Any, type_name: str) -> list[str]:
        paths = [path for path in loader.search_paths if os.path.isdir(path)]  # noqa: PTH112 - texts all along
        known = self._lists.get((type_name, *paths))
        if known is not None:
            return list(known)
        found: list[str] = self._list_services(loader, type_name)
        if all(f"{path}/".startswith(self._folders) for path in paths):
            self.listed.append((type_name, paths, found))
        return found


def _prepare_driver(clidriver: ModuleType) -> None:
    """Make the CLI's driver with its table of commands ahead: nearly half of what a call costs.

    Beside the environment, only the caller's settings in ``~/.aws`` could make it another one: who has some gets a driver
    of its own.
    """
    create = clidriver.create_clidriver
    driver = create()
    if not _without_settings(driver.session):
        return
    driver._get_command_table()
    driver._get_argument_table()
    _forget_settings(driver.session)

    def prepared() -> Any:
        if not _without_settings(driver.session):
            return create()
        return driver

    clidriver.create_clidriver = prepared


def _without_settings(session: Any) -> bool:
    return not any(session.full_config.values())


def _forget_settings(session: Any) -> None:
    """Have the session look for files of settings again, as the caller has a root of its own."""
    session._config = session._profile_map = None


def _folder(module: ModuleType) -> str:
    return str(Path(str(module.__file__)).parent)
