import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from hubctl.cli import hubctl
from hubctl.core.configuration.given_variables import OrderedCommand
from hubctl.core.console import out
from hubctl.plan.afterwards import print_cost
from hubctl.plan.run import read_arguments
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
        "cost nothing themselves: aws_acm_certificate",
    ):
        assert text in flat(ran.output), text
    assert "not priced" not in ran.output


@pytest.mark.terraform
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


def instances(ran: Ran) -> tuple[int, float]:
    """Return how many instances there are at most, and what those cost in a month."""
    assert ran.code == 0, ran.errors
    (stack,) = json.loads(ran.output)["stacks"]
    (item,) = [item for item in stack["items"] if "on demand" in item["what"]]
    return stack["instances"]["largest"], item["cost"]["largest"]


@pytest.mark.terraform
def test_case_06_a_byte_order_mark_does_not_hide_the_first_variable(cost: Run, tmp_path: Path) -> None:
    file = tmp_path / "bom.tfvars"
    file.write_text('\ufeffinstance_type = "m6i.4xlarge"\nmax_size = 8\n', encoding="utf-8")
    ran = cost("--stack=aws-lab", "--json", f"--var-file={file}")
    assert instances(ran) == (8, pytest.approx(4485.12))
    file.write_text(
        '/* large */ instance_type = "m6i.4xlarge" # ones\r\n/**/max_size = "8"\r\n', encoding="utf-8"
    )
    assert cost("--stack=aws-lab", "--json", f"--var-file={file}").output == ran.output


@pytest.mark.terraform
def test_case_07_texts_of_the_environment_are_hcl(cost: Run) -> None:
    zones = '["us-east-1a","us-east-1b",]'
    ran = cost("--stack=aws-lab", "--json", TF_VAR_availability_zones=zones, TF_VAR_max_size="8.0")
    assert instances(ran)[0] == 8
    assert instances(cost("--stack=aws-lab", "--json", "--var=max_size=7.0"))[0] == 7


@pytest.mark.terraform
@pytest.mark.parametrize(
    ("options", "largest"),
    [
        (("--var=max_size=10", "--var-file=six.tfvars"), 6),
        (("--var-file=six.tfvars", "--var=max_size=10"), 10),
        (("--var-file=six.tfvars", "--var=max_size=10", "--var-file", "seven.tfvars"), 7),
        (("--var=max_size=10", "--var=instance_type=m6i.large"), 10),
    ],
)
def test_case_08_of_variables_and_files_the_last_wins(
    cost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], largest: int
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("six.tfvars").write_text("max_size = 6\n")
    Path("seven.tfvars").write_text("max_size = 7\n")
    assert instances(cost("--stack=aws-lab", "--json", *options))[0] == largest


def test_each_command_with_variables_and_files_keeps_their_order() -> None:
    def commands(group: click.Command) -> Iterator[click.Command]:
        yield group
        if isinstance(group, click.Group):
            for name in group.list_commands(click.Context(group)):
                found = group.get_command(click.Context(group), name)
                assert found is not None
                yield from commands(found)

    concerned = [
        each for each in commands(hubctl) if {"variables", "files"} <= {param.name for param in each.params}
    ]
    assert len(concerned) >= 8
    assert all(isinstance(each, OrderedCommand) for each in concerned), concerned


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


@pytest.mark.terraform
def test_case_17_after_a_plan_the_cost_is_said_not_to_be_known(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    editing(tmp_path, monkeypatch)("services.json", '"currency": "USD",', '"currency": "USD",,')
    for name in ("domain_name", "hosted_zone"):
        monkeypatch.setenv(f"TF_VAR_{name}", "lab.example.test")
    monkeypatch.setenv("COLUMNS", "120")
    lab = folder / "stacks" / "aws-lab"
    print_cost("aws-lab", lab, read_arguments((), lab), None, out)
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
