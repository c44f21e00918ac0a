"""The generated pages by their path, each with what renders it."""

from collections.abc import Callable, Mapping
from pathlib import Path

from hubctl.reference import changes_page, commands_page, make_page, stack_page
from hubctl.reference.stack_page import Synthesized
from stacks import chef_hub_profiles_page, settings_reference

FOLDER = "docs/reference"


def pages(project: Path, synthesized: Synthesized) -> Mapping[str, Callable[[], str]]:
    """Return the renderer of every generated page by its path in the project."""
    return {
        f"{FOLDER}/changes.md": changes_page.render,
        f"{FOLDER}/commands.md": commands_page.render,
        f"{FOLDER}/make-targets.md": lambda: make_page.render(project / "Makefile"),
        f"{FOLDER}/resources.md": lambda: stack_page.render(synthesized),
        f"{FOLDER}/settings.md": settings_reference.render,
        f"{FOLDER}/profiles.md": chef_hub_profiles_page.page,
    }
