"""``python -m tests.fuzz``: give every reader of foreign input made-up ones, and print how many were read and refused.

Exits 1 when a reader ended in anything but a result or a sentence; the smallest such input is shown.
"""

import argparse
import sys
import time
import tomllib
import traceback
from collections import Counter

from hubctl.core.configuration.synthesized import run_app
from hubctl.core.console import err, out
from hubctl.core.project_folders import ROOT
from hubctl.core.stopping import stopping_in_order
from hubctl.core.tables import Sheet
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.driver import driver_environment

# What runs on nodes is found as the tests find it.
PATHS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"][
    "pythonpath"
]
sys.path[:0] = [str(ROOT / path) for path in PATHS]

from tests.fuzz.readers import readers  # noqa: E402
from tests.fuzz.running import fuzz  # noqa: E402


def main() -> int:
    """Run as the options say."""
    options = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    options.add_argument("--inputs", type=int, default=30_000, metavar="N", help="made-up inputs in all")
    options.add_argument("--only", default="", metavar="TEXT", help="readers whose name holds TEXT")
    options.add_argument("--same", action="store_true", help="make up the same inputs as the tests do")
    asked = options.parse_args()
    with private_folder("fuzz") as folder:
        run_app(ROOT, folder / "out", environment=driver_environment(), settings={"adoption": "no-adoption"})
        chosen = [reader for reader in readers(folder / "out") if asked.only in reader.name]
        shares = sum(reader.share for reader in chosen)
        failed = []
        sheet = Sheet("reader", "inputs", "read", "refused", "seconds")
        total: Counter[str] = Counter()
        for reader in chosen:
            number = max(20, round(asked.inputs * reader.share / shares))
            err.say(f"{reader.name}: {number} inputs")
            began = time.monotonic()
            try:
                outcomes = fuzz(reader, number, folder / "work", anew=not asked.same)
            except Exception:
                failed.append(reader)
                err.paste(traceback.format_exc())
                continue
            total.update(outcomes)
            sheet.add(
                reader.name,
                str(outcomes.total()),
                str(outcomes["read"]),
                str(outcomes["refused"]),
                f"{time.monotonic() - began:.0f}",
            )
        sheet.add("all", str(total.total()), str(total["read"]), str(total["refused"]), "")
        sheet.show(out)
    for reader in failed:
        err.say(f"{reader.name} failed: see above")
    return 1 if failed else 0


if __name__ == "__main__":
    with stopping_in_order():
        sys.exit(main())
