"""A synth as whole processes: this app against the same app with the stock import of the provider bindings.

Both are run in turn, so that a machine that gets slower or faster meanwhile does so for both. Prints time and peak memory
(Python and Node together) and the ratio; also proves that both write the same bytes. Run by ``make bench``.
"""

import argparse
import filecmp
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
STOCK = "import cdktf_cdktf_provider_aws, runpy; runpy.run_path('main.py', run_name='__main__')"
VARIANTS = {"this app": ["main.py"], "stock import": ["-c", STOCK]}
AIM_RATIO, AIM_MB = 0.15, 250
WITHIN = 600.0  # seconds; the first stock run also compiles 2,135 modules
LOOK_EVERY = 0.02  # seconds between two looks at the memory


@dataclass(frozen=True, kw_only=True)
class Run:
    """One synth: its time in seconds, and the most memory its processes held at one time, in MB."""

    seconds: float
    megabytes: float


def run(variant: str, folder: Path, bytecode: Path, *, watched: bool) -> Run:
    """Synthesize into ``folder``. The time is from start to end of the process.

    ``watched`` runs are for the memory only: looking takes some of the machine's time.
    """
    environment = {**os.environ, "CDKTF_OUTDIR": str(folder), "PYTHONPYCACHEPREFIX": str(bytecode)}
    # Both variants shall find their modules compiled, however they were installed.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *VARIANTS[variant]],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    peak = 0.0
    try:
        while watched and process.poll() is None and time.perf_counter() - started < WITHIN:
            peak = max(peak, sum(_resident(pid) for pid in _family(process.pid)))
            time.sleep(LOOK_EVERY)
        _, errors = process.communicate(timeout=WITHIN)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    if process.returncode != 0:
        raise SystemExit(f"{variant} failed:\n{errors.decode('utf-8', 'replace')}")
    return Run(seconds=time.perf_counter() - started, megabytes=peak)


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it ended meanwhile
            continue
        for child in children:
            yield from _family(int(child))


def _resident(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def same_bytes(first: Path, second: Path) -> bool:
    """Tell whether both folders hold the same files with the same content."""
    names = [
        sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
        for folder in (first, second)
    ]
    return names[0] == names[1] and not any(filecmp.cmpfiles(first, second, names[0], shallow=False)[1:])


def rows(seconds: dict[str, list[float]], megabytes: dict[str, float]) -> Iterable[str]:
    """Yield the lines of the table."""
    yield f"{'synth of both stacks':<22}{'min s':>8}{'median s':>10}{'max s':>8}{'peak MB':>9}"
    for name, values in seconds.items():
        figures = f"{min(values):>8.2f}{statistics.median(values):>10.2f}{max(values):>8.2f}"
        yield f"{name:<22}{figures}{megabytes[name]:>9.0f}"


def main() -> int:
    """Measure and print; exit 1 when the two variants write different bytes."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--runs", type=int, default=5, help="measured runs of each, after one that fills caches"
    )
    runs: int = arguments.parse_args().runs
    seconds: dict[str, list[float]] = {name: [] for name in VARIANTS}
    megabytes: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as scratch:
        bytecode = Path(scratch) / "bytecode"
        folders = {name: Path(scratch) / name.replace(" ", "-") for name in VARIANTS}
        for number in range(runs + 2):
            kind = {0: "warm-up", 1: "memory"}.get(number, f"run {number - 1}")
            for name, folder in folders.items():
                done = run(name, folder, bytecode, watched=number == 1)
                figure = f"{done.megabytes:.0f} MB" if number == 1 else f"{done.seconds:.2f} s"
                print(f"  {kind}: {name} {figure}", file=sys.stderr, flush=True)
                if number == 1:
                    megabytes[name] = done.megabytes
                elif number > 1:
                    seconds[name].append(done.seconds)
        equal = same_bytes(*folders.values())
    ours, stock = seconds.values()
    print("\n".join(rows(seconds, megabytes)))
    ratios = [mine / theirs for mine, theirs in zip(ours, stock, strict=True)]
    print(
        f"ratio, run by run: median {statistics.median(ratios):.3f}, from {min(ratios):.3f} to {max(ratios):.3f}"
    )
    print(f"aims on a quiet machine: a ratio of at most {AIM_RATIO}, a peak of at most {AIM_MB} MB")
    print("both wrote the same bytes" if equal else "the two wrote DIFFERENT bytes")
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
