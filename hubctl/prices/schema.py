"""What the price files may hold. Nothing is coerced: no text and no ``true`` counts as a number."""

import datetime
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from hubctl.prices.currencies import CURRENCIES

LARGEST = 1_000_000  # of one unit; more is a slip
# What the estimate multiplies with: another unit here would make every figure wrong.
UNITS: Mapping[str, str] = {
    "ebs_gp3": "GiB-month",
    "ebs_gp2": "GiB-month",
    "efs_standard": "GiB-month",
    "efs_infrequent": "GiB-month",
    "efs_one_zone": "GiB-month",
    "efs_one_zone_infrequent": "GiB-month",
    "efs_elastic_read": "GiB",
    "efs_elastic_write": "GiB",
    "efs_provisioned": "MiB/s-month",
    "backup_efs_warm": "GiB-month",
    "alb_hour": "hour",
    "alb_lcu_hour": "LCU-hour",
    "public_ipv4_hour": "hour",
    "nat_gateway_hour": "hour",
    "nat_gateway_gib": "GiB",
    "vpc_endpoint_hour": "hour in a zone",
    "transfer_out": "GiB",
    "transfer_between_zones": "GiB, both directions",
    "alarm": "alarm metric-month",
    "custom_metric": "metric-month",
    "dashboard": "dashboard-month",
    "composite_alarm": "alarm-month",
    "log_ingestion": "GiB",
    "log_storage": "GiB-month",
    "hosted_zone": "zone-month",
    "cloud_map_instance": "registered resource-month",
    "s3_standard": "GiB-month",
    "ecr_storage": "GiB-month",
    "kms_key": "key-month",
    "web_acl": "web ACL-month",
    "web_acl_rule": "rule-month",
    "secret": "secret-month",
}


def _day(text: str) -> str:
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or text != found.isoformat():
        raise ValueError("is not a day such as 2026-11-22")
    return text


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError("is not the ISO code of a currency, such as USD")
    return code


Amount = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
Day = Annotated[str, AfterValidator(_day)]
Currency = Annotated[str, AfterValidator(_currency)]
Region = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Price(_Part):
    """A price of one ``unit``; ``regional`` ones are multiplied by the factor of the region."""

    amount: Amount
    unit: str
    regional: bool
    source: str


def _price_of(name: str, unit: str) -> Any:
    only: Any = Literal[unit]
    return create_model(f"Price_{name}", __base__=Price, unit=(only, ...))


_prices: dict[str, Any] = {name: (_price_of(name, unit), ...) for name, unit in UNITS.items()}
Prices = create_model("Prices", __base__=_Part, **_prices)


class ServicePrices(_Part):
    """``services.json``: what AWS's services cost in ``region``, and the factors of other regions."""

    as_of: Day
    currency: Currency
    region: Region
    note: str = ""
    prices: Prices
    regions_note: str = ""
    regions: dict[str, Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]]

    def price(self, name: str) -> Price:
        """Return a price of that name; raise KeyError when there is none."""
        if name not in UNITS:
            raise KeyError(name)
        found: Price = getattr(self.prices, name)
        return found


class InstancePrices(_Part):
    """``ec2.json``: prices of instances an hour, by family (of its xlarge) and by type."""

    as_of: Day
    currency: Currency
    region: Region
    note: str = ""
    source: str = ""
    spot_source: str = ""
    spot_share: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
    xlarge: dict[str, Amount]
    types: dict[str, Amount]
