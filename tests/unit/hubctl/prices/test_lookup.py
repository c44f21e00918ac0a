import datetime
import json

import pytest

from hubctl.prices.files import FOLDER
from hubctl.prices.lookup import hourly_price


@pytest.mark.parametrize(
    ("name", "amount"),
    [
        ("m6i.xlarge", 0.192),
        ("m6i.large", 0.096),
        ("t3.small", 0.0208),
        ("r6i.2xlarge", 0.504),
        ("g5.xlarge", 1.006),
    ],
)
def test_prices_of_known_types(name: str, amount: float) -> None:
    price = hourly_price(name)
    assert price is not None
    assert price.amount == pytest.approx(amount)
    assert price.currency == "USD"


def test_spot_is_a_share_of_it() -> None:
    on_demand, spot = hourly_price("m6i.xlarge"), hourly_price("m6i.xlarge", spot=True)
    assert on_demand is not None
    assert spot is not None
    assert 0 < spot.amount < on_demand.amount


@pytest.mark.parametrize("name", ["zz9.plural", "m6i.gigantic", "nonsense", ""])
def test_unknown_types_have_no_price(name: str) -> None:
    assert hourly_price(name) is None


def test_the_file_says_of_which_day_it_is() -> None:
    assert datetime.date.fromisoformat(
        json.loads((FOLDER / "ec2.json").read_text())["as_of"]
    ) <= datetime.date(2030, 1, 1)
