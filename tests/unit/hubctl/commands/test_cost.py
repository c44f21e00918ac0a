import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.plan.run import print_cost
from tests.support.in_process import Ran, run_hubctl
from tests.support.price_files import editing
from tests.support.printed import flat

Run = Callable[..., Ran]


@pytest.fixture
def cost(folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Return ``cost(*options, stacks, **variables)``: runs the command with these variables of the environment."""
    for name in [name for name in os.environ if name.startswith("TF_VAR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "120")

    def run(*options: str, stacks: Path = folder, **variables: str) -> Ran:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return run_hubctl("cost", f"--folder={stacks}", *options, monkeypatch=monkeypatch, capture=capfd)

    return run


def test_both_stacks_with_everything_that_is_assumed(cost: Run) -> None:
    ran = cost()
    assert ran.code == 0, ran.errors
    for text in (
        "aws-lab in us-east-1: USD a month, estimated",
        "chef-hub in us-east-1",
        "smallest",
        "typical",
        "largest",
        "m6i.xlarge, on demand (chef-workers)",
        "public IPv4 addresses",
        "busy_share = 0.25: typical",
        "no charge of their own: aws_acm_certificate",
    ):
        assert text in flat(ran.output), text
    assert "not priced" not in ran.output


def test_json_and_variables_from_everywhere(cost: Run, folder: Path, tmp_path: Path) -> None:
    stacks = Path(shutil.copytree(folder, tmp_path / "cdktf.out"))
    (stacks / "stacks" / "aws-lab" / "a.auto.tfvars").write_text("max_size = 7\n")
    ran = cost("--stack=aws-lab", "--json", "--assume=users=10", stacks=stacks, TF_VAR_min_size="3")
    assert ran.code == 0, ran.errors
    document = json.loads(ran.output)
    (stack,) = document["stacks"]
    assert (document["version"], stack["stack"], stack["currency"]) == (1, "aws-lab", "USD")
    assert stack["instances"] == {"smallest": 3, "typical": 4, "largest": 7}
    assert stack["assumptions"]["users"] == 10
    assert stack["unknown"] == []
    for item in stack["items"]:
        assert set(item) == {"service", "what", "resources", "quantity", "unit", "price", "cost"}
    assert stack["total"]["typical"] == pytest.approx(
        sum(item["cost"]["typical"] for item in stack["items"]), abs=0.2
    )


def test_a_region_of_which_nothing_is_known(cost: Run) -> None:
    ran = cost("--stack=aws-lab", "--region=af-south-1")
    assert ran.code == 0, ran.errors
    assert "how those of af-south-1 differ is not known" in flat(ran.output)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--speed",), "No such option"),
        (("--stack=other",), "other"),
        (("--region=us-moon-1",), "no region us-moon-1"),
        (("--assume=users=many",), "is not a number"),
        (("--assume=usres=3",), "no assumption usres"),
        (("--var=nonsense=1",), "no variable nonsense"),
        (("--var=max_size=many", "--stack=aws-lab"), "max_size = 'many'"),
    ],
)
def test_bad_use_exits_with_2(cost: Run, options: tuple[str, ...], named: str) -> None:
    ran = cost(*options)
    assert ran.code == 2, ran.output
    assert named in flat(ran.errors)
    assert "Traceback" not in ran.errors
    assert ran.output == ""


@pytest.mark.parametrize(
    ("file", "old", "where"),
    [
        ("services.json", '"currency": "USD",', "hubctl/prices/services.json, line 3, column 21"),
        ("ec2.json", '"spot_share": 0.4,', "hubctl/prices/ec2.json, line 8, column 21"),
    ],
)
def test_case_17_a_comma_too_many_in_a_price_file_names_the_file(
    cost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, old: str, where: str
) -> None:
    editing(tmp_path, monkeypatch)(file, old, f"{old},")
    ran = cost(
        "--stack=aws-lab", "--var=domain_name=hub.lab.example.test", "--var=hosted_zone=lab.example.test"
    )
    assert ran.code == 2
    assert where in flat(ran.errors)
    assert "--var" not in ran.errors
    assert ran.output == ""


def test_case_17_after_a_plan_the_cost_is_said_not_to_be_known(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    editing(tmp_path, monkeypatch)("services.json", '"currency": "USD",', '"currency": "USD",,')
    for name in ("domain_name", "hosted_zone"):
        monkeypatch.setenv(f"TF_VAR_{name}", "lab.example.test")
    monkeypatch.setenv("COLUMNS", "120")
    print_cost("aws-lab", folder / "stacks" / "aws-lab", (), 0)
    said = capfd.readouterr()
    assert "the cost could not be estimated: hubctl/prices/services.json, line 3, column 21" in flat(said.err)
    assert said.out == ""


def test_case_17_another_currency_stands_beside_every_figure(
    cost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = editing(tmp_path, monkeypatch)
    edit("services.json", '"USD"', '"EUR"')
    edit("ec2.json", '"USD"', '"EUR"')
    given = (
        "--stack=aws-lab",
        "--var=domain_name=hub.lab.example.test",
        "--var=hosted_zone=lab.example.test",
    )
    printed = cost(*given)
    assert "EUR a month, estimated" in flat(printed.output)
    assert "USD" not in printed.output
    (made,) = json.loads(cost(*given, "--json").output)["stacks"]
    assert made["currency"] == "EUR"
