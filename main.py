#!/usr/bin/env python3
"""The app: settings in, stacks out. Run by the cdktf command line, or bare: ``.venv/bin/python main.py``."""

import os
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
# A trial on one machine asks for it: what an operator has set in cdktf.json and taken over is not to change the trial.
GIVEN_SETTINGS_ONLY = "--given-settings-only"
NO_PROJECT = PROJECT / ".tools" / "no-project"  # a folder that does not exist
sys.path[:0] = [str(PROJECT), str(PROJECT / "constructs")]

from hubctl.core.stopping import stopping_in_order  # noqa: E402
from stacks.adoption.file import AdoptionError  # noqa: E402
from stacks.settings.loading import SettingsError, load_settings  # noqa: E402
from stacks.settings.text_files import without_long_words  # noqa: E402
from stacks.synthesis_place import machine_trouble  # noqa: E402


def main() -> int:
    """Synthesize both stacks; return 2, with nothing written, when the settings are wrong, and 1 when the machine is."""
    try:
        folder = NO_PROJECT if GIVEN_SETTINGS_ONLY in sys.argv[1:] else PROJECT
        settings = load_settings(folder, os.environ)
    except SettingsError as error:
        print("The settings cannot be used; nothing was written:", file=sys.stderr)
        for mistake in error.mistakes:
            print(f"  - {without_long_words(mistake)}", file=sys.stderr)
        return 2
    try:
        # cdktf, and with it Node, is only imported once the settings are known to be good.
        from stacks.app import synthesize

        synthesize(settings)
    except AdoptionError as error:
        print(f"The adoption cannot be used; nothing was written: {error}", file=sys.stderr)
        return 2
    except Exception as error:
        if (trouble := machine_trouble(error)) is None:
            raise
        print(f"The stacks cannot be synthesized: {trouble}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    with stopping_in_order():
        sys.exit(main())
