"""``python -m hubctl.reference``: write the generated pages of docs/reference anew."""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any

from hubctl.configuration.synthesized import run_app
from hubctl.console import out, say_error
from hubctl.environment.project import ROOT
from hubctl.errors import HubctlError
from hubctl.files import write_whole
from hubctl.reference.pages import pages
from hubctl.stopping import stopping_in_order
from hubctl.temporary import private_folder

NO_ADOPTION = "no-adoption"  # a folder that is not there: what an operator took over is not the default


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
