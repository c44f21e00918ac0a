"""From stacks to the files of their pictures."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from hubctl.configuration.pairs import check_variables, told_values
from hubctl.configuration.stack import read_configuration
from hubctl.configuration.synthesized import synthesized
from hubctl.diagram.architecture import architecture
from hubctl.diagram.model import Architecture
from hubctl.diagram.rendering import render
from hubctl.errors import BadInputError
from hubctl.files import write_whole


def draw(
    project: Path,
    stacks: Sequence[str],
    folder: Path,
    formats: Sequence[str],
    variables: Mapping[str, str],
    synthesized_folder: Path | None,
) -> Iterator[Path]:
    """Write the pictures of some stacks, with texts for their variables, and yield their files.

    Raises:
        BadInputError: A variable is unknown or refused, or the stacks cannot be synthesized or read.
        HubctlError: There is no Graphviz, or the folder cannot be written.

    """
    with synthesized(project, stacks[0], synthesized_folder) as file:
        whole = synthesized_folder or file.parents[2]  # one synthesis serves all stacks
        pictures = [_picture(project, stack, whole, variables) for stack in stacks]
    for stack, picture in zip(stacks, pictures, strict=True):
        for file_format in formats:
            yield _write(folder / f"{stack}.{file_format}", render(picture, file_format))


def _picture(project: Path, stack: str, folder: Path, variables: Mapping[str, str]) -> Architecture:
    with synthesized(project, stack, folder) as file:
        content = read_configuration(file)
    declared = content.get("variable", {})
    unknown = sorted(set(variables) - set(declared))
    if unknown:
        raise BadInputError(
            f"{stack} has no variable {', '.join(unknown)}",
            remedy="Name the stack with --stack; docs/reference/settings.md lists its variables.",
        )
    values = told_values(declared, variables)
    check_variables(stack, dict(values))
    return architecture(content, stack, values)


def _write(target: Path, content: bytes) -> Path:
    write_whole(target, content, folders=True, remedy="Make room, or choose another folder with --output.")
    return target
