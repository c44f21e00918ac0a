"""Whole-process time of a synth: this app against the same app with the stock import of the provider bindings.

Both are run in turn, so that a machine that gets slower or faster meanwhile does so for both. Prints a table and the
ratio; also proves that both write the same bytes. Run by ``make bench``.
"""

import argparse
import filecmp
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
STOCK = "import cdktf_cdktf_provider_aws, runpy; runpy.run_path('main.py', run_name='__main__')"
VARIANTS = {"this app": ["main.py"], "stock import": ["-c", STOCK]}


def run(variant: str, folder: Path) -> float:
    """Synthesize into ``folder`` and return the seconds from start to end of the process."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *VARIANTS[variant]],
        cwd=PROJECT,
        env={**os.environ, "CDKTF_OUTDIR": str(folder)},
        check=True,
        capture_output=True,
        timeout=300,
    )
    return time.perf_counter() - started


def same_bytes(first: Path, second: Path) -> bool:
    """Tell whether both folders hold the same files with the same content."""
    names = [
        sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
        for folder in (first, second)
    ]
    return names[0] == names[1] and not any(filecmp.cmpfiles(first, second, names[0], shallow=False)[1:])


def rows(seconds: dict[str, list[float]]) -> Iterable[str]:
    """Yield the lines of the table."""
    yield f"{'synth of both stacks':<22}{'min s':>8}{'median s':>10}{'max s':>8}"
    for name, values in seconds.items():
        yield f"{name:<22}{min(values):>8.2f}{statistics.median(values):>10.2f}{max(values):>8.2f}"


def main() -> int:
    """Measure and print; exit 1 when the two variants write different bytes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--runs", type=int, default=5, help="measured runs of each, after one that fills caches"
    )
    runs: int = arguments.parse_args().runs
    seconds: dict[str, list[float]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / name.replace(" ", "-") for name in VARIANTS}
        for number in range(runs + 1):
            for name, folder in folders.items():
                took = run(name, folder)
                print(
                    f"  {'warm-up' if number == 0 else f'run {number}'}: {name} {took:.2f} s",
                    file=sys.stderr,
                    flush=True,
                )
                if number:
                    seconds[name].append(took)
        equal = same_bytes(*folders.values())
    ours, stock = seconds.values()
    print("\n".join(rows(seconds)))
    ratios = [mine / theirs for mine, theirs in zip(ours, stock, strict=True)]
    print(
        f"ratio, run by run: median {statistics.median(ratios):.2f}, from {min(ratios):.2f} to {max(ratios):.2f}"
    )
    print("both wrote the same bytes" if equal else "the two wrote DIFFERENT bytes")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
