"""The quick import: only what is asked for, and the same classes."""

import subprocess
import sys
from pathlib import Path

from tests.support.waiting import PATIENCE

CODE = """
import sys
import hub_constructs
from cdktf_cdktf_provider_aws.vpc import Vpc
loaded = [name for name in sys.modules if name.startswith("cdktf_cdktf_provider_aws.")]
print(len(loaded), Vpc.__module__, hub_constructs.register_aws_bindings())
"""


def test_one_resource_imports_one_module(project: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-c", CODE],
        env={"PYTHONPATH": str(project / "constructs"), "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    count, module, again = finished.stdout.split()
    assert int(count) < 10  # of 2,135
    assert module == "cdktf_cdktf_provider_aws.vpc"
    assert again == "False"


IDLE = """
import sys
from pathlib import Path
import hub_constructs
from hub_constructs.core.provider_bindings import register_aws_bindings
del sys.modules["cdktf_cdktf_provider_aws"]
register_aws_bindings(copies=Path(sys.argv[1]))
"""


def test_a_process_that_imports_no_resource_makes_no_copy(project: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    subprocess.run(
        [sys.executable, "-c", IDLE, str(copies)],
        env={"PYTHONPATH": str(project / "constructs"), "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        timeout=PATIENCE,
        check=True,
    )
    assert not copies.exists()
