"""The generated pages of docs/reference are what the code says now."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from hubctl.cli import COMMANDS
from tools.reference import __main__ as reference_main
from tools.reference import commands_page
from tools.reference.__main__ import FOLDER, pages

NAMES = ("changes", "commands", "make-targets", "profiles", "resources", "settings", "simulation-times")


@pytest.fixture(scope="session")
def rendered(synth: Callable[..., dict[str, Any]], project: Path) -> Mapping[str, Callable[[], str]]:
    def synthesized(stack: str, profile: str) -> dict[str, Any]:
        return synth(stack) if profile == "recommended" else synth(stack, profile=profile)

    return pages(project, synthesized)


def test_all_generated_pages_are_tested(rendered: Mapping[str, Callable[[], str]]) -> None:
    assert sorted(rendered) == [f"{FOLDER}/{name}.md" for name in NAMES]


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_not_stale(rendered: Mapping[str, Callable[[], str]], project: Path, name: str) -> None:
    page = f"{FOLDER}/{name}.md"
    is_current = (project / page).read_text(encoding="utf-8") == rendered[page]()
    assert is_current, f"{page} is stale: run `make reference`, look at the differences and commit them"


def test_every_command_and_option_is_on_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    page = commands_page.render_commands()
    assert all(f"## hubctl {name}\n" in page for name in COMMANDS)
    assert "### hubctl cookbooks push\n" in page
    assert "`--stack-folder" in page

    @click.command()
    @click.option("--deep-fry", help="How hot | how long.")
    def command(deep_fry: str) -> None:
        """Cook something else."""

    module = type("Module", (), {"command": command})
    monkeypatch.setattr(commands_page.importlib, "import_module", lambda _: module)
    assert "| `--deep-fry TEXT` | How hot \\| how long. |" in commands_page.render_commands()


def test_targets_and_variables_of_a_makefile(tmp_path: Path) -> None:
    makefile = tmp_path / "Makefile"
    makefile.write_text(
        "# who to greet\nWHO ?= you\n\nhello: ## Greet (WHO=me)\n\t@echo $(WHO)\nhidden:\n\t@true\n"
    )
    page = commands_page.render_make_targets(makefile)
    assert "| `make hello` | Greet (WHO=me) |" in page
    assert "| `WHO` | `you` | who to greet |" in page
    assert "hidden" not in page


def test_pages_are_written_when_they_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "old.md").write_text("as ever")
    monkeypatch.setattr(reference_main, "ROOT", tmp_path)
    texts = {"old.md": lambda: "as ever", "new.md": lambda: "written now"}
    monkeypatch.setattr(reference_main, "pages", lambda *_: texts)
    assert reference_main.main() == 0
    assert (tmp_path / "new.md").read_text() == "written now"
    assert capsys.readouterr().out.splitlines() == ["as it was: old.md", "written: new.md"]


def test_stacks_that_cannot_be_synthesized_leave_all_pages_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "main.py").write_text("import sys; sys.exit('zone_count: use 2 to 6')")
    monkeypatch.setattr(reference_main, "ROOT", tmp_path)
    monkeypatch.setattr(
        reference_main,
        "pages",
        lambda _, synthesized: {
            "a.md": lambda: "text",
            "b.md": lambda: str(synthesized("aws-lab", "original")),
        },
    )
    assert reference_main.main() == 1
    assert "zone_count: use 2 to 6" in capsys.readouterr().err
    assert not (tmp_path / "a.md").exists()
