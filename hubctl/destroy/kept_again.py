"""Lets the next deployment take what was kept: as imports in the stack's adoption file."""

from collections.abc import Collection, Sequence
from pathlib import Path

from hubctl.destroy.holdings import Holding
from hubctl.errors import HubctlError
from hubctl.files import write_whole
from stacks.adoption_file import AdoptionFile, AdoptionFileError, Import, read_adoption


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
