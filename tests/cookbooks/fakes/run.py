"""``run.py PROGRAM ARGUMENT...``: record the call, then act as the stand-in that FAKE_NAME names."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from state import record  # noqa: E402  # after the path is set

program, arguments = sys.argv[1], sys.argv[2:]
record(os.environ["FAKE_NAME"], arguments)
sys.argv = [program, *arguments]
runpy.run_path(str(HERE / program), run_name="__main__")
