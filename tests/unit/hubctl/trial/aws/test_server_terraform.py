"""The real Terraform and provider: what was applied must read back as it was written, and go away again."""

from pathlib import Path

import pytest

from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws

CONFIGURATIONS = Path(__file__).parent / "configurations"


@pytest.mark.terraform
@pytest.mark.parametrize("name", sorted(path.stem for path in CONFIGURATIONS.glob("*.tf")))
def test_applies_plans_empty_and_destroys(aws: LocalAws, tmp_path: Path, name: str) -> None:
    seed_account(aws, AccountSeed(domain="terraform.example.test"))
    text = (CONFIGURATIONS / f"{name}.tf").read_text(encoding="utf-8")
    (tmp_path / "main.tf").write_text(text, encoding="utf-8")
    terraform = Terraform(tmp_path, driver_environment(aws.environment()))
    terraform.init()
    try:
        terraform.apply()
        assert terraform.plan().describe() == []
    finally:
        terraform.destroy()
    assert "values" not in terraform.show_state()
