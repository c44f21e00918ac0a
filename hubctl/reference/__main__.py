"""``python -m hubctl.reference``: write the generated pages of docs/reference anew."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubctl.console import out, say_error
from hubctl.environment.project import ROOT
from hubctl.errors import HubctlError
from hubctl.files import write_whole
from hubctl.reference.pages import pages

SECONDS = 300
NO_ADOPTION = "no-adoption"  # a folder that is not there: what an operator took over is not the default


def main() -> int:
    """Write what has changed, and name it; return 1 when the stacks cannot be synthesized."""
    with tempfile.TemporaryDirectory(prefix="hubctl-reference-") as temporary:
        folder = Path(temporary)

        def synthesized(stack: str, profile: str) -> Mapping[str, Any]:
            if not (folder / profile).exists():
                _synthesize(folder / profile, profile)
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


def _synthesize(folder: Path, profile: str) -> None:
    finished = subprocess.run(
        [sys.executable, str(ROOT / "main.py")],
        cwd=ROOT,
        env={
            **os.environ,
            "CDKTF_OUTDIR": str(folder),
            "CDKTF_CONTEXT_JSON": json.dumps({"profile": profile, "adoption": NO_ADOPTION}),
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if finished.returncode != 0:
        raise HubctlError(
            f"the stacks cannot be synthesized: {finished.stderr.strip()[-2000:]}",
            remedy="Correct what the message names.",
        )


if __name__ == "__main__":
    sys.exit(main())
