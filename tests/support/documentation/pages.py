"""The pages of the documentation, their fenced blocks and the commands in their text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# A block in one of these is typed into a shell; in the second only the lines after a prompt are.
SHELL, CONSOLE = "sh", "console"
LANGUAGES = {SHELL, CONSOLE, "csv", "hcl", "json", "python", "ruby", "text", "toml", "yaml"}
_INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block: where it starts, its language, and its text."""

    page: str
    line: int
    language: str
    text: str

    def script(self) -> str | None:
        """Return what is typed into a shell, None when this is something else."""
        if self.language == SHELL:
            return self.text
        if self.language == CONSOLE:
            return "\n".join(line[2:] for line in self.text.splitlines() if line.startswith("$ "))
        return None


def pages(project: Path) -> list[Path]:
    """Return README.md and its neighbours, all of docs/, and the READMEs of the folders that have one.

    CHANGELOG.md is none of them: what it says of an old version stays true when a command or a file is gone.
    """
    neighbours = ("README.md", "CONTRIBUTING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md")
    found = [*(project / name for name in neighbours), *(project / "docs").rglob("*.md")]
    found += [*(project / "cookbooks").glob("*.md"), *(project / "cookbooks").glob("*/README.md")]
    found += [project / "constructs" / "README.md"]
    return sorted(found)


def blocks(project: Path, page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    name, start, language, lines = str(page.relative_to(project)), 0, "", list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            if start:
                yield Block(page=name, line=start, language=language, text="\n".join(lines))
                start, lines = 0, []
            else:
                start, language = number, line.strip().strip("`")
        elif start:
            lines.append(line)


def indented_lines(page: Path) -> Iterator[str]:
    """Yield the first lines of blocks that are indented instead of fenced: they have no language."""
    fenced, before = False, ""
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and line.startswith("    ") and not before.strip():
            yield line
        before = line


def inline(page: Path) -> Iterator[str]:
    """Yield what stands in backticks in the text of a page, outside its blocks."""
    fenced = False
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield from (text.strip() for text in _INLINE.findall(line))
