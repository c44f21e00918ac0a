"""AWS's service models, parsed once a process: left alone, each session of botocore's parses megabytes of JSON anew.

Sessions share what was parsed. Their loaders change it in one way only: they merge in what further files add, which gives
the same result each time.
"""

import functools
from typing import Any

import botocore.session
from botocore.loaders import JSONFileLoader, Loader


@functools.cache
def _parsed(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


class SharedFiles(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
    """Loads JSON files as botocore does, and remembers them for all loaders of the process."""

    def load_file(self, file_path: str) -> Any:
        """Return what the file of this path, given without its extension, holds; None when there is none."""
        return _parsed(file_path)


def share_models(session: botocore.session.Session) -> None:
    """Let a session take service models from those that are parsed, and leave what it parses to others.

    Raises:
        ProfileNotFound: The session's profile does not exist.

    """
    session.get_component("data_loader").file_loader = SharedFiles()


def share_models_everywhere() -> None:
    """Let all loaders that are made from now on in this process share models, those of libraries included."""
    Loader.FILE_LOADER_CLASS = SharedFiles
