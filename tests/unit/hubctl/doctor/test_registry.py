"""Every check module is registered, and the command line and the reference know its name."""

import re
from pathlib import Path

from hubctl.doctor.cli import CHECK_NAMES
from hubctl.doctor.run import CHECKS


def test_no_check_is_forgotten(project: Path) -> None:
    written = {
        name.removesuffix("_CHECK").lower().replace("_", "-")
        for file in (project / "hubctl/doctor/checks").glob("*.py")
        for name in re.findall(r"^(\w+_CHECK) = ", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {check.name for check in CHECKS} == written
    assert tuple(check.name for check in CHECKS) == CHECK_NAMES


def test_the_reference_describes_every_check(project: Path) -> None:
    page = (project / "docs/reference/doctor.md").read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"| `{check.name}` | {check.about} |" in page, f"{check.name}: {check.about}"
        for action in check.actions:
            assert action in page, action


def test_checks_only_read() -> None:
    reading = ("Get", "List", "Describe", "Simulate")
    actions = {action for check in CHECKS for action in check.actions}
    assert {action for action in actions if not action.partition(":")[2].startswith(reading)} == set()
