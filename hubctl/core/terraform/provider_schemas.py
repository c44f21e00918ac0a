"""What the AWS provider knows of each resource type, read from the provider once for each of its versions.

``terraform providers schema -json`` takes seconds and prints 100 MB, of which a command needs a few types. They are kept
in the project's ``.tools``, a member of one archive for each type.
"""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

from hubctl.core.files import UnwrittenError, write_whole
from hubctl.core.project_folders import PROVIDER_VERSION, TOOLS
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.driver import Terraform, driver_environment

KEPT = TOOLS / "terraform" / f"resource-schemas-{PROVIDER_VERSION}.zip"
_NEEDS = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER_VERSION}}}


class ResourceSchemas(Mapping[str, dict[str, Any]]):
    """Schemas by resource type, such as ``aws_vpc``; each is read when it is asked for.

    ``source`` is the provider's full address, with the host of its registry, as states name it.
    """

    def __init__(self, file: Path | BytesIO) -> None:
        """Open what :func:`packed` returned, or a file of it; raise OSError or zipfile.BadZipFile when it is not that."""
        self._archive = zipfile.ZipFile(file)  # reading its list of members takes longer than a member
        self._names = frozenset(self._archive.namelist())
        self._read: dict[str, dict[str, Any]] = {}
        self.source = self._archive.comment.decode()
        if not self.source:
            raise zipfile.BadZipFile(f"{file} does not say whose schemas these are")

    def __getitem__(self, kind: str) -> dict[str, Any]:
        if kind not in self._names:
            raise KeyError(kind)
        if kind not in self._read:
            self._read[kind] = json.loads(self._archive.read(kind))
        return self._read[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def resource_schemas(ask: Callable[[], dict[str, Any]], file: Path = KEPT) -> ResourceSchemas:
    """Return the AWS provider's schemas: those that are kept, else what ``ask`` gives, which is kept then if it can be.

    ``ask`` returns what ``terraform providers schema -json`` prints.
    """
    try:
        return ResourceSchemas(file)
    except (OSError, zipfile.BadZipFile):
        providers = ask()["provider_schemas"]
        source = next(source for source in providers if source.endswith("/hashicorp/aws"))
        content = packed(providers[source]["resource_schemas"], source)
        with suppress(UnwrittenError):  # the project may be read-only; it costs the time of asking again
            keep(content, file)
        return ResourceSchemas(BytesIO(content))


def packed(schemas: Mapping[str, Any], source: str) -> bytes:
    """Return the schemas of the provider ``source`` as one archive."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.comment = source.encode()
        for kind, schema in schemas.items():
            archive.writestr(kind, json.dumps(schema))
    return content.getvalue()


def keep(content: bytes, file: Path) -> None:
    """Write an archive aside and rename, so that commands side by side see all of the file or none."""
    write_whole(file, content, durable=False, folders=True)  # it can be asked for again


def provider_schemas() -> ResourceSchemas:
    """Return the schemas of the provider's resource types; reads them from the provider the first time.

    Raises HubctlError when the provider is nowhere to be found.
    """
    return resource_schemas(_ask)


def _ask() -> dict[str, Any]:
    with private_folder("provider") as folder:
        (folder / "main.tf.json").write_text(json.dumps({"terraform": _NEEDS}), encoding="utf-8")
        terraform = Terraform(folder, driver_environment())
        terraform.init(backend=False)
        return terraform.provider_schemas()
