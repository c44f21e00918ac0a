"""Case 17: price files that an operator has edited. What is wrong is named with file, line and column; nothing is coerced."""

from pathlib import Path

import pytest

from hubctl.core.errors import BadInputError
from hubctl.prices import files
from hubctl.prices.files import UNITS, price_files
from hubctl.prices.lookup import price_list, service_price
from tests.support.price_files import Edit, editing

SERVICES, EC2 = "services.json", "ec2.json"
AMOUNT = '"amount": 0.08'


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    return editing(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        (
            SERVICES,
            '"currency": "USD",',
            '"currency": "USD",,',
            "services.json, line 3, column 21: it is not JSON",
        ),
        (EC2, '"spot_share": 0.4,', '"spot_share": 0.4,,', "ec2.json, line 8, column 21: it is not JSON"),
        (SERVICES, '"source": "https', "// cheaper\n", "services.json, line 7, column 72: it is not JSON"),
        (
            SERVICES,
            AMOUNT,
            '"amount": -1',
            "services.json, line 7, column 17: prices.ebs_gp3.amount = -1: is below 0",
        ),
        (SERVICES, AMOUNT, '"amount": true', "prices.ebs_gp3.amount = true: is not a number"),
        (SERVICES, AMOUNT, '"amount": "0.08"', "prices.ebs_gp3.amount = '0.08': is not a number"),
        (SERVICES, AMOUNT, '"amount": null', "prices.ebs_gp3.amount = null: is not a number"),
        (SERVICES, AMOUNT, '"amount": [0.08]', "prices.ebs_gp3.amount = a list: is not a number"),
        (SERVICES, AMOUNT, '"amount": NaN', "services.json, line 7, column 27: NaN is not a number in JSON"),
        (SERVICES, AMOUNT, '"amount": -Infinity', "line 7, column 27: -Infinity is not a number in JSON"),
        (
            SERVICES,
            AMOUNT,
            '"amount": 1e999',
            "prices.ebs_gp3.amount = inf: is not a number that can be counted with",
        ),
        (SERVICES, AMOUNT, '"amount": 1e7', "prices.ebs_gp3.amount = 10000000: is above 1000000"),
        (SERVICES, AMOUNT, f'"amount": {"9" * 5000}', "services.json: it holds a number that is too long"),
        (
            SERVICES,
            AMOUNT,
            '"ammount": 0.08',
            "line 7, column 17: prices.ebs_gp3.ammount: there is no such key; did you mean amount",
        ),
        (
            SERVICES,
            '"ebs_gp3"',
            '"ebs_gp33"',
            "line 7, column 5: prices.ebs_gp33: there is no such key; did you mean ebs_gp3",
        ),
        (SERVICES, '"ebs_gp3"', '"ebs_gp33"', "line 6, column 3: prices.ebs_gp3 is missing"),
        (SERVICES, '"unit": "hour"', '"unit": "month"', "prices.alb_hour.unit = 'month': has to be 'hour'"),
        (
            SERVICES,
            '"regional": true',
            '"regional": "yes"',
            "prices.ebs_gp3.regional = 'yes': is neither true nor false",
        ),
        (
            SERVICES,
            '"regional": true',
            '"regional": 1',
            "prices.ebs_gp3.regional = 1: is neither true nor false",
        ),
        (
            SERVICES,
            "2026-11-22",
            "22.11.2026",
            "line 2, column 3: as_of = '22.11.2026': is not a day such as 2026-11-22",
        ),
        (EC2, "2026-11-22", "2026-02-30", "as_of = '2026-02-30': is not a day"),
        (
            SERVICES,
            '"USD"',
            '"usd"',
            "line 3, column 3: currency = 'usd': is not the ISO code of a currency, such as USD",
        ),
        (EC2, '"USD"', '"€"', "ec2.json, line 3, column 3: currency = '€': is not the ISO code"),
        (EC2, '"USD"', "1", "currency = 1: is not a text"),
        (
            SERVICES,
            '"USD"',
            '"EUR"',
            "line 3, column 3: currency = 'EUR': hubctl/prices/ec2.json, line 3, column 3, has",
        ),
        (
            EC2,
            '"us-east-1"',
            '"eu-west-1"',
            "region = 'us-east-1': hubctl/prices/ec2.json, line 4, column 3, has 'eu-west-1'",
        ),
        (
            SERVICES,
            '"us-east-1": 1.0',
            '"us-east-1": 1.2',
            "regions.us-east-1 = 1.2: these are the prices of us-east-1",
        ),
        (
            SERVICES,
            '"us-east-1": 1.0, ',
            "",
            "regions does not hold us-east-1, whose prices these are: add it with 1.0",
        ),
        (SERVICES, '"eu-west-1": 1.11', '"eu-west-1": 0', "regions.eu-west-1 = 0: is not above 0"),
        (EC2, '"spot_share": 0.4', '"spot_share": 40', "spot_share = 40: is above 1"),
        (
            EC2,
            '"m5": 0.192',
            '"m5": 0.192, "m5": 0.2',
            "line 11, column 18: xlarge.m5 is there twice, first in line 11, column 5",
        ),
        (
            EC2,
            '"m5": 0.192',
            '"mm5": 0.192',
            "xlarge.mm5 has no xlarge in stacks/settings/instance_types.json",
        ),
        (EC2, '"g5.xlarge"', '"g5xlarge"', "types.g5xlarge is not an instance type, such as g5.xlarge"),
        (EC2, '"types": {', '"type": {', "type: there is no such key; did you mean types"),
        (EC2, "{", '{"a":' * 100_000, "ec2.json: it is nested too deeply"),
        (EC2, "{", "[{", "ec2.json, line 22, column 1: it is not JSON"),
        (EC2, '"USD"', '"\\ud800"', "half of a character"),
    ],
)
def test_case_17_mistakes_are_named_with_file_line_and_column(
    edit: Edit, name: str, old: str, new: str, said: str
) -> None:
    edit(name, old, new)
    with pytest.raises(BadInputError) as refused:
        price_files()
    assert said in refused.value.message
    assert refused.value.message.startswith("hubctl/prices/")
    assert "docs/how-to/estimate-cost.md" in refused.value.remedy


def test_case_17_all_mistakes_of_both_files_are_named_at_once(edit: Edit) -> None:
    edit(SERVICES, AMOUNT, '"amount": -1')
    edit(SERVICES, '"amount": 0.10', '"amount": "0.10"')
    edit(EC2, '"spot_share": 0.4', '"spot_share": true')
    with pytest.raises(BadInputError) as refused:
        price_files()
    assert [line.partition(":")[0] for line in refused.value.message.splitlines()] == [
        "hubctl/prices/ec2.json, line 8, column 3",
        "hubctl/prices/services.json, line 7, column 17",
        "hubctl/prices/services.json, line 8, column 17",
    ]


def test_case_17_one_other_currency_in_both_files_is_carried_through(edit: Edit) -> None:
    edit(SERVICES, '"USD"', '"EUR"')
    edit(EC2, '"USD"', '"EUR"')
    assert price_list().currency == "EUR"


def test_a_price_may_be_nothing_and_a_whole_number(edit: Edit) -> None:
    edit(SERVICES, AMOUNT, '"amount": 0')
    assert service_price("ebs_gp3").amount == 0


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_editors_write_is_read(edit: Edit, encoding: str) -> None:
    file = edit(SERVICES, AMOUNT, '"amount": 0.07')
    file.write_text(file.read_text(encoding="utf-8").replace("\n", "\r\n"), encoding=encoding)
    assert service_price("ebs_gp3").amount == 0.07


def test_bytes_that_are_not_text_and_a_file_that_is_gone(edit: Edit) -> None:
    file = edit(SERVICES, AMOUNT, '"amount": 0.07')
    file.write_bytes(b'{\n"note": "\xff"}')
    (files.FOLDER / EC2).unlink()
    with pytest.raises(BadInputError) as refused:
        price_files()
    assert "hubctl/prices/ec2.json cannot be read: No such file or directory" in refused.value.message
    assert "hubctl/prices/services.json, line 2: byte 0xff is not UTF-8" in refused.value.message


def test_every_price_of_the_schema_has_its_unit() -> None:
    assert {name: service_price(name).unit for name in UNITS} == UNITS
