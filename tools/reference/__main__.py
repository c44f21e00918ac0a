"""``python -m tools.reference``: write the generated pages of docs/reference anew."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hubctl.core.configuration.synthesized import run_app
from hubctl.core.console import out, say_error
from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.core.project_folders import ROOT
from hubctl.core.stopping import stopping_in_order
from hubctl.core.temporary import private_folder
from tools.reference import changes_page, commands_page, settings_page, stack_pages, times_page
from tools.reference.stack_pages import Synthesized

FOLDER = "docs/reference"
NO_ADOPTION = "no-adoption"  # a folder that does not exist: the pages show the stacks without an adoption


def pages(project: Path, synthesized: Synthesized) -> Mapping[str, Callable[[], str]]:
    """Return the renderer of every generated page by its path in the project."""
    return {
        f"{FOLDER}/changes.md": changes_page.render,
        f"{FOLDER}/commands.md": commands_page.render_commands,
        f"{FOLDER}/make-targets.md": lambda: commands_page.render_make_targets(project / "Makefile"),
        f"{FOLDER}/resources.md": lambda: stack_pages.render(synthesized),
        f"{FOLDER}/settings.md": settings_page.render,
        f"{FOLDER}/simulation-times.md": times_page.render,
        f"{FOLDER}/profiles.md": stack_pages.page,
    }


def main() -> int:
    """Write what has changed, and name it; return 1 when the stacks cannot be synthesized."""
    with private_folder("reference") as folder:

        def synthesized(stack: str, profile: str) -> Mapping[str, Any]:
            if not (folder / profile).exists():
                run_app(
                    ROOT,
                    folder / profile,
                    environment=os.environ,
                    settings={"profile": profile, "adoption": NO_ADOPTION},
                )
            text = (folder / profile / "stacks" / stack / "cdk.tf.json").read_text(encoding="utf-8")
            content: Mapping[str, Any] = json.loads(text)
            return content

        try:
            texts = {name: render() for name, render in pages(ROOT, synthesized).items()}
        except HubctlError as error:
            say_error(error.message, error.remedy)
            return error.exit_code
    for name, text in texts.items():
        file = ROOT / name
        changed = not file.is_file() or file.read_text(encoding="utf-8") != text
        if changed:
            write_whole(file, text)
        out.say(f"{'written' if changed else 'as it was'}: {name}")
    return 0


if __name__ == "__main__":
    with stopping_in_order():
        sys.exit(main())
