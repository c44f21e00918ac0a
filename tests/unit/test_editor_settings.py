"""Every file agrees with .editorconfig, so that an editor that follows it does not change what is there."""

import configparser
import itertools
import re
from pathlib import Path

import pytest

from tests.support.tracked_files import tracked_files

PROJECT = Path(__file__).resolve().parent.parent.parent
# Which line an indented line has to follow for its indentation to tell the size: elsewhere arguments and texts of
# several lines are indented as they like. Of files that are not listed, no line tells.
ANY = re.compile(".*")
OPENERS = {
    ".hcl": ANY,
    ".json": ANY,
    ".lock": ANY,
    ".py": re.compile(r"(def|class|if|for|with|try)\b.*:"),
    ".rb": re.compile(r".*\bdo( \|.*\|)?|(class|module)\b.*"),
    ".yaml": ANY,
    ".yml": ANY,
}


def pattern(section: str) -> re.Pattern[str]:
    """Return the pattern of a section: * within a name, {a,b} for one of several; without a / in any folder."""
    names = {"*": "[^/]*", "{": "(?:", "}": ")", ",": "|"}
    text = "".join(names.get(part, re.escape(part)) for part in re.split(r"([*{},])", section))
    return re.compile(text if "/" in section else f"(?:.*/)?{text}")


def settings() -> list[tuple[re.Pattern[str], dict[str, str]]]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string("[root]\n" + (PROJECT / ".editorconfig").read_text(encoding="utf-8"))
    assert dict(parser["root"]) == {"root": "true"}
    return [(pattern(name), dict(parser[name])) for name in parser.sections() if name != "root"]


SETTINGS = settings()


def wanted(name: str) -> dict[str, str]:
    """Return what .editorconfig says about a file; later sections win."""
    found: dict[str, str] = {}
    for matching, values in SETTINGS:
        if matching.fullmatch(name):
            found |= values
    return found


def offences(name: str, content: bytes) -> list[str]:
    """Return what in a file differs from its settings."""
    rules = wanted(name)
    text = content.decode("utf-8")
    lines = text.split("\n")
    found = []
    if rules["end_of_line"] == "lf" and "\r" in text:
        found.append("has carriage returns")
    if rules["insert_final_newline"] == "true" and text and not text.endswith("\n"):
        found.append("does not end with a newline")
    if rules["trim_trailing_whitespace"] == "true" and any(line != line.rstrip() for line in lines):
        found.append("has trailing whitespace")
    if rules["indent_style"] == "space" and any(line.startswith("\t") for line in lines):
        found.append("is indented with tabs")
    if rules["indent_style"] == "tab" and not any(line.startswith("\t") for line in lines):
        found.append("is not indented with tabs")
    size = indentation(name, lines)
    if size and rules["indent_size"] not in {"unset", str(size)}:
        found.append(f"is indented by {size}, not by {rules['indent_size']}")
    return found


def indentation(name: str, lines: list[str]) -> int:
    """Return by how many spaces the first line that tells it is indented; 0 when none does."""
    opener = OPENERS.get(Path(name).suffix)
    for before, line in itertools.pairwise(lines):
        if opener and line.startswith(" ") and not before.startswith(" ") and opener.fullmatch(before):
            return len(line) - len(line.lstrip(" "))
    return 0


def test_every_file_agrees() -> None:
    texts = {
        str(path.relative_to(PROJECT)): content
        for path in tracked_files(PROJECT)
        if b"\0" not in (content := path.read_bytes())
    }
    assert len(texts) > 500
    found = {name: wrong for name, content in texts.items() if (wrong := offences(name, content))}
    assert not found, f"correct these, or .editorconfig: {found}"


def test_formatters_and_editor_agree() -> None:
    pyproject = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"line-length = {wanted('hubctl/cli.py')['max_line_length']}\n" in pyproject
    assert wanted("hubctl/cli.py")["indent_size"] == "4"
    assert wanted("Makefile")["indent_style"] == "tab"
    for name in (
        "a.yml",
        "a.yaml",
        "docs/a.json",
        "README.md",
        "cookbooks/docker/recipes/a.rb",
        "images/a.sh",
    ):
        assert (wanted(name)["indent_style"], wanted(name)["indent_size"]) == ("space", "2")


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.py", "def f():\n  pass\n", "is indented by 2, not by 4"),
        ("a.rb", "file 'x' do\n    mode '0600'\nend\n", "is indented by 4, not by 2"),
        ("a/b.json", '{\n    "a": 1\n}\n', "is indented by 4, not by 2"),
        ("a/Pipfile.lock", '{\n  "a": 1\n}\n', "is indented by 2, not by 4"),
        ("Makefile", "a:\n  true\n", "is not indented with tabs"),
        ("a.sh", "if true; then\n\ttrue\nfi\n", "is indented with tabs"),
        ("a.md", "text", "does not end with a newline"),
        ("a.md", "text \n", "has trailing whitespace"),
        ("a.md", "text\r\n", "has carriage returns"),
    ],
)
def test_what_differs_is_found(name: str, content: str, complaint: str) -> None:
    assert complaint in offences(name, content.encode())
