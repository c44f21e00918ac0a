"""One source for settings and validation blocks: Terraform's language judges a text as Python does."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from hub_constructs.core.aws_limits import regions
from tests.support.limit_cases import BAD, GOOD, MARKS
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform

ZONES = [
    *(("us-east-1a", "us-east-1"), ("us-central-12a", "us-central-1"), ("us-east-1", "us-east-1")),
    *(("eu-west-1a", "us-east-1"), ("us-east-1-bos-1a", "us-east-1"), ("eusc-de-east-1b", "eusc-de-east-1")),
]


def _evaluated(expression: str, folder: Path) -> object:
    """Return the value of an expression of Terraform's language."""
    terraform = shutil.which("terraform")
    assert terraform is not None
    finished = subprocess.run(
        [terraform, "console"],
        input=f"jsonencode({expression})\n",
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(json.loads(finished.stdout))


def _hcl(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def test_validation_blocks_and_settings_agree_on_every_text(tmp_path: Path) -> None:
    """Cases 09, 10, 11, 14 and 15, and all that is like them."""
    texts = {kind: [*GOOD[kind], *BAD[kind]] for kind in MARKS}
    parts = []
    for kind, mark in MARKS.items():
        conditions = [check.condition for check in mark.checks("text", "", several=False)]
        judged = ", ".join(conditions).replace("var.text", "text")
        parts.append(f'"{kind}" = [for text in [{", ".join(map(_hcl, texts[kind]))}] : alltrue([{judged}])]')
    pairs = ", ".join(f'["{zone}", "{region}"]' for zone, region in ZONES)
    parts.append(f'"pairs" = [for pair in [{pairs}] : {regions.zone_condition("pair[0]", "pair[1]")}]')
    said = _evaluated("{" + ", ".join(parts) + "}", tmp_path)
    assert said == {
        **{kind: [mark.problem(text) is None for text in texts[kind]] for kind, mark in MARKS.items()},
        "pairs": [regions.explained_zone(zone, region) is None for zone, region in ZONES],
    }
