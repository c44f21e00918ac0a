"""A million arrivals through ``hubctl simulate``, as whole processes: time, peak memory, and whether progress was shown.

The file spans a week, 90 days and a year. Run by ``make bench``; names of spans as arguments measure only these.
"""

import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
ROWS, USERS = 1_000_000, 20_000
SPANS = {"a week": 7, "90 days": 90, "a year": 365}
AIM_SECONDS, AIM_MB = 20.0, 300.0
BEGIN = datetime(2026, 9, 1)


def write(file: Path, days: int, rows: int) -> None:
    """Write arrivals of ``days`` days, made up from a seed."""
    dice = random.Random(5)  # noqa: S311 - nothing secret
    with file.open("w") as out:
        out.write("timestamp,user,duration\n")
        for second in sorted(dice.randrange(days * 86_400 - 7200) for _ in range(rows)):
            moment = (BEGIN + timedelta(seconds=second)).isoformat()
            out.write(f"{moment},user-{dice.randrange(USERS)},{dice.randrange(600, 7200)}\n")


def main() -> int:
    """Measure and print; exit 1 when a simulation fails or shows no progress."""
    bad = False
    print(f"{'a million arrivals':<24}{'seconds':>9}{'CPU s':>8}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as scratch:
        file, folder = Path(scratch) / "arrivals.csv", Path(scratch) / "synthesized"
        environment = {**os.environ, "CDKTF_OUTDIR": str(folder)}
        subprocess.run(
            [sys.executable, "main.py"], cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL
        )
        for span, days in SPANS.items():
            if sys.argv[1:] and span not in sys.argv[1:]:
                continue
            write(file, days, ROWS)
            for stack in ("aws-lab", "chef-hub"):
                words = [str(Path(sys.executable).with_name("hubctl")), "simulate", f"--stack={stack}"]
                words += [f"--folder={folder}", f"--arrivals={file}", "--json"]
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                began = time.perf_counter()
                done = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=False)
                seconds = time.perf_counter() - began
                used = resource.getrusage(resource.RUSAGE_CHILDREN)
                told = all(word in done.stderr for word in ("bytes read", "users simulated"))
                bad |= done.returncode != 0 or not told
                peak = used.ru_maxrss / 1e3  # of the largest child so far
                name = f"{stack}, {span}"
                print(f"{name:<24}{seconds:>9.1f}{used.ru_utime - before:>8.1f}{peak:>9.0f}")
    print(f"aims on a quiet machine: {AIM_SECONDS:g} s, {AIM_MB:g} MB")
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
