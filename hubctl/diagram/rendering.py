"""From stacks to the files of their pictures: Graphviz lays them out, with one font and nothing of the machine in the result.

The SVG holds its icons as data URIs and says in its metadata which model it shows and which Graphviz laid it out.
With the same Graphviz it has the same bytes on every machine: the only font is the one that comes with matplotlib,
whatever fonts the machine has.
"""

import base64
import io
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from hubctl.core.configuration.given_variables import check_variables, given_values
from hubctl.core.configuration.stack import read_configuration
from hubctl.core.configuration.synthesized import synthesized
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import object_or_none, write_whole
from hubctl.core.processes import run_program
from hubctl.core.temporary import private_folder
from hubctl.diagram.architecture import architecture
from hubctl.diagram.model import Architecture
from hubctl.diagram.picture import FONT, source

FORMATS = ("svg", "png")
DEADLINE = 300.0  # seconds
# Fonts of the same widths, where DejaVu is missing
FALLBACKS = f"{FONT},Verdana,sans-serif"
INSTALL = "Install Graphviz (Debian and Ubuntu: `apt-get install graphviz`, macOS: `brew install graphviz`)."
PNG_START = b"\x89PNG\r\n\x1a\n"
_ICON = re.compile(r'(?<=xlink:href=")[^"]+\.png(?=")')
_METADATA = re.compile(r"<metadata>(.*?)</metadata>")
_FIRST_LINES = re.compile(r"\A.*?(?=<svg )", re.DOTALL)


def graphviz_version() -> str | None:
    """Return what ``dot -V`` says, such as ``2.43.0``; None when there is no dot."""
    if shutil.which("dot") is None:
        return None
    finished = run_program(["dot", "-V"], folder=Path.cwd(), environment=os.environ, deadline=DEADLINE)
    found = re.search(r"version (\S+)", finished.errors + finished.output)
    return found[1] if found else None


def render(picture: Architecture, file_format: str) -> bytes:
    """Return the content of an ``svg`` or ``png`` file.

    Raises:
        HubctlError: Graphviz is not installed, or refuses the picture.

    """
    version = graphviz_version()
    if version is None:
        raise HubctlError(
            "Graphviz, which lays the pictures out, is not installed: there is no `dot`", remedy=INSTALL
        )
    about = {"title": picture.title, "model": picture.digest(), "graphviz": version}
    with private_folder("diagram") as temporary:
        folder = Path(temporary)
        (folder / "picture.dot").write_text(source(picture), encoding="utf-8")
        finished = run_program(
            ["dot", f"-T{file_format}", "-opicture", "picture.dot"],
            folder=folder,
            environment={**os.environ, **_one_font(folder)},
            deadline=DEADLINE,
        )
        if finished.exit_code != 0:
            raise HubctlError(f"dot failed: {finished.errors.strip()}", remedy=INSTALL)
        content = (folder / "picture").read_bytes()
    return _svg(content.decode(), about).encode() if file_format == "svg" else _png(content, about)


def shown_model(content: bytes) -> Mapping[str, str]:
    """Return what a file says of itself: ``title``, ``model`` (a digest), ``graphviz``; empty for other files."""
    if content.startswith(PNG_START):
        from PIL import Image

        with Image.open(io.BytesIO(content)) as image:
            found = str(image.info.get("model", "{}"))
    else:
        match = _METADATA.search(content.decode("utf-8", "replace"))
        found = match[1].replace("&quot;", '"') if match else "{}"
    about = object_or_none(found) or {}
    return {name: str(value) for name, value in about.items()}


def _one_font(folder: Path) -> Mapping[str, str]:
    """Return the environment in which Graphviz knows the picture's font and no other."""
    import matplotlib

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    configuration = folder / "fonts.conf"
    configuration.write_text(
        f"<fontconfig><dir>{escape(str(fonts))}</dir><cachedir>{escape(str(folder))}/cache</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(configuration)}


def _svg(text: str, about: Mapping[str, str]) -> str:
    """Put the icons and the metadata into Graphviz's SVG; take out the name of its build."""
    described = f"<metadata>{escape(json.dumps(about))}</metadata>"
    text = _FIRST_LINES.sub('<?xml version="1.0" encoding="UTF-8"?>\n', text)
    text = re.sub(r"(<svg [^>]*>)", lambda found: f"{found[1]}\n{described}", text, count=1)
    text = text.replace(f'font-family="{FONT}"', f'font-family="{FALLBACKS}"')
    return _ICON.sub(lambda found: _data_uri(Path(found[0])), text)


def _data_uri(icon: Path) -> str:
    return f"data:image/png;base64,{base64.b64encode(icon.read_bytes()).decode()}"


def _png(content: bytes, about: Mapping[str, str]) -> bytes:
    """Return a PNG with the metadata, in as many colours as the icons need: a third of the size."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    described = PngInfo()
    described.add_text("model", json.dumps(about))
    written = io.BytesIO()
    with Image.open(io.BytesIO(content)) as image:
        few = image.convert("RGB").quantize(colors=128, dither=Image.Dither.NONE)
        few.save(written, "png", optimize=True, pnginfo=described)
    return written.getvalue()


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
    values = given_values(declared, variables)
    check_variables(stack, dict(values))
    return architecture(content, stack, values)


def _write(target: Path, content: bytes) -> Path:
    write_whole(target, content, folders=True, remedy="Make room, or choose another folder with --output.")
    return target
