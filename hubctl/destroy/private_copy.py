"""A private copy of a stack's folder, in which Terraform may plan to delete homes and backups.

The stack itself refuses that (``prevent_destroy``), and its folder is never written to: were this process killed at
any moment, the operator's next `terraform plan -destroy` refuses as before. The copy uses the same backend, providers,
workspace and lock as the folder. Terraform merges files that end in ``_override.tf.json`` over the configuration:
https://developer.hashicorp.com/terraform/language/files/override

Beside it are the copy of the state, made before anything is changed, and the imports by which the next deployment takes
what was kept: they go into the stack's adoption file.
"""

import json
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from hubctl.core.configuration.stack import read_configuration
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import object_or_none, write_whole
from hubctl.core.temporary import UNSTORED, private_folder
from hubctl.core.terraform.driver import Terraform
from hubctl.destroy.holdings import Holding
from stacks.adoption.file import AdoptionFile, AdoptionFileError, Import, read_adoption
from stacks.synthesis_place import LEFT_OVERRIDE

SYNTHESIZED = "cdk.tf.json"
DATA = ".terraform"  # where `terraform init` keeps what it knows; hubctl's own runs leave TF_DATA_DIR out
OVERRIDE = "zz_hubctl_override.tf.json"  # the last in the order of names, so that none takes it back
# What Terraform writes beside the configuration. The copy refers to it, or has no use for it.
_STAYS = (
    DATA,
    "terraform.tfstate.d",
    "*.tfstate",
    "*.tfstate.*",
    ".*.tfstate.lock.info",
    "crash*.log",
    LEFT_OVERRIDE,
)


@contextmanager
def private_copy(terraform: Terraform, rescued: Path, say: Callable[[str], None]) -> Iterator[Terraform]:
    """Give Terraform in an unprotected copy of its folder, which is initialized; the copy goes with the block.

    A state that Terraform could not store is moved to the folder ``rescued``, and ``say`` gets its path.
    Raises BadInputError when there is no synthesized stack in the folder.
    """
    folder = terraform.folder
    configuration = _configuration(folder)
    with private_folder("destroy") as private:
        copy = private / folder.name
        _copy(folder, copy)
        backend = _local_backend(folder, configuration)
        override = {**unprotected(configuration), **({"terraform": {"backend": backend}} if backend else {})}
        write_whole(copy / OVERRIDE, json.dumps(override), durable=False)
        inside = terraform.at(copy)
        if backend:
            inside.init(reconfigure=True)
        try:
            yield inside
        finally:
            _rescue(copy, rescued, say)


def unprotected(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the override: every ``prevent_destroy`` of the configuration, turned off."""
    found: dict[str, dict[str, Any]] = {}
    for kind, resources in configuration.get("resource", {}).items():
        for name, block in resources.items():
            if block.get("lifecycle", {}).get("prevent_destroy"):
                found.setdefault(kind, {})[name] = {"lifecycle": {"prevent_destroy": False}}
    return {"resource": found} if found else {}


def _copy(folder: Path, copy: Path) -> None:
    """Copy the configuration with its assets and definition files, and what `terraform init` has learned."""
    top_level = shutil.ignore_patterns(*_STAYS)
    shutil.copytree(
        folder,
        copy,
        ignore=lambda where, names: top_level(where, names) if Path(where) == folder else set(),
        ignore_dangling_symlinks=True,
    )
    (copy / DATA).mkdir()
    for name in ("terraform.tfstate", "environment"):  # the backend, and the workspace
        if (folder / DATA / name).is_file():
            shutil.copy2(folder / DATA / name, copy / DATA / name)
    if (folder / DATA / "modules").is_dir():
        shutil.copytree(folder / DATA / "modules", copy / DATA / "modules")
    if (folder / DATA / "providers").is_dir():  # hundreds of megabytes, which are only read
        (copy / DATA / "providers").symlink_to((folder / DATA / "providers").resolve())


def _local_backend(folder: Path, configuration: dict[str, Any]) -> dict[str, Any] | None:
    """Return the backend for a state on this machine, with the folder's own paths; None for a state elsewhere."""
    try:
        noted = object_or_none((folder / DATA / "terraform.tfstate").read_bytes()) or {}
    except OSError:
        noted = {}
    known = noted.get("backend")
    if not isinstance(known, dict):
        terraform = configuration.get("terraform", {})
        declared = terraform.get("backend", {})
        if "cloud" in terraform or (declared and "local" not in declared):
            return None
        settings = declared.get("local", {})
    else:
        if known.get("type") != "local":
            return None
        settings = known.get("config") or {}
    path = folder / (settings.get("path") or "terraform.tfstate")
    workspaces = folder / (settings.get("workspace_dir") or "terraform.tfstate.d")
    return {"local": {"path": str(path), "workspace_dir": str(workspaces)}}


def _rescue(copy: Path, rescued: Path, say: Callable[[str], None]) -> None:
    unstored = copy / UNSTORED
    if unstored.is_file():
        rescued.mkdir(parents=True, exist_ok=True, mode=0o700)
        kept = Path(shutil.move(unstored, rescued / f"{copy.name}-{UNSTORED}"))
        kept.chmod(0o600)
        say(f"Terraform could not store the state: `terraform state push {kept}` in the stack's folder does")


def _configuration(folder: Path) -> dict[str, Any]:
    if not (folder / SYNTHESIZED).is_file():
        raise BadInputError(
            f"there is no synthesized stack in {folder}",
            remedy="Run `make synth`, or give the folder of the stack that was deployed with --folder.",
        )
    return read_configuration(folder / SYNTHESIZED)


def save_state(text: str, folder: Path, stack: str, now: datetime) -> Path:
    """Write ``text`` to a new file that only its owner can read, since states hold secrets; return its path.

    Raises HubctlError when it cannot be written whole.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{stack}-{now:%Y%m%dT%H%M%S%fZ}.tfstate"
    write_whole(path, text, mode=0o600, new=True)
    return path


def write_imports(folder: Path, stack: str, kept: Sequence[Holding], gone: Collection[str]) -> Path | None:
    """Write the adoption file of ``stack`` in ``folder``, or change the one that is there; return its path.

    What an earlier adoption moves, forgets or imports is dropped where it is about to go (``gone`` are its addresses);
    an import that an earlier destroy wrote stays. None when there is nothing to write.
    Raises HubctlError when the file that is there cannot be read, or the new one not be written.
    """
    path = folder / f"{stack}.json"
    try:
        file = read_adoption(path, stack)
    except AdoptionFileError as error:
        raise HubctlError(
            f"{path} cannot be added to: {error}",
            remedy="Correct it, and add these imports by hand: "
            + ", ".join(f"{one.address} = {one.id}" for one in kept),
        ) from error
    if file is None and not kept:
        return None
    file = file or AdoptionFile(version=1, stack=stack)
    dropped = {*gone, *(one.address for one in kept)}
    imports = [found for found in file.imports if found.to not in dropped]
    imports += [Import(to=one.address, id=one.id) for one in kept]
    changed = file.model_copy(update={"imports": imports, "moves": [], "forget": []})
    write_whole(path, changed.text(), folders=True)
    return path
