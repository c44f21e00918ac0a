"""The two price files, read and checked together: they are the operator's to edit.

Nothing is coerced: no text and no ``true`` counts as a number. Currencies are those in use, as ISO 4217 lists them.
"""

import datetime
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from hubctl.core.errors import BadInputError
from stacks.settings.edited_file import EditedFile
from stacks.settings.json_text import Steps
from stacks.settings.scaling_guards import families
from stacks.settings.text_files import EditedFileError

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD
CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP
GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD
KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP
SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND
VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_CODES.split())


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
Amount = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
Region = Annotated[str, Field(min_length=1)]
SHOWN = "hubctl/prices"
REMEDY = (
    "Correct the price files; docs/how-to/estimate-cost.md says what they hold, and `git diff hubctl/prices` shows what "
    "was changed."
)
_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")


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


Day = Annotated[str, AfterValidator(_day)]
Currency = Annotated[str, AfterValidator(_currency)]


class _PricePart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Price(_PricePart):
    """A price of one ``unit``; ``regional`` ones are multiplied by the factor of the region."""

    amount: Amount
    unit: str
    regional: bool
    source: str


def _price_of(name: str, unit: str) -> Any:
    only: Any = Literal[unit]
    return create_model(f"Price_{name}", __base__=Price, unit=(only, ...))


_prices: dict[str, Any] = {name: (_price_of(name, unit), ...) for name, unit in UNITS.items()}
Prices = create_model("Prices", __base__=_PricePart, **_prices)


class ServicePrices(_PricePart):
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


class InstancePrices(_PricePart):
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


FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, kw_only=True)
class PriceFiles:
    """Prices of instances and of other services: of one region, in one currency."""

    instances: InstancePrices
    services: ServicePrices


def price_files() -> PriceFiles:
    """Return the prices.

    Raises:
        BadInputError: A file cannot be used; the message names every mistake in both, with line and column.

    """
    return _read(FOLDER)


def forget() -> None:
    """Read the files again when they are asked for next: they may have been edited."""
    _read.cache_clear()


@functools.cache
def _read(folder: Path) -> PriceFiles:
    mistakes: list[str] = []
    try:
        families()
        instances = EditedFile(
            folder / "ec2.json",
            f"{SHOWN}/ec2.json",
            InstancePrices,
            rules=[_known_families, _type_names],
            remedy=REMEDY,
        )
    except EditedFileError as error:
        mistakes += error.mistakes
    try:
        services = EditedFile(
            folder / "services.json",
            f"{SHOWN}/services.json",
            ServicePrices,
            rules=[_own_factor],
            remedy=REMEDY,
        )
    except EditedFileError as error:
        mistakes += error.mistakes
    if not mistakes:
        mistakes += list(_apart(instances, services))
    if mistakes:
        raise BadInputError("\n".join(mistakes), remedy=REMEDY)
    return PriceFiles(instances=instances.content, services=services.content)


def _known_families(prices: InstancePrices) -> Iterator[tuple[Steps, str]]:
    known = families()
    for family in prices.xlarge:
        if "xlarge" not in known.get(family, {}):
            yield (
                ("xlarge", family),
                "has no xlarge in stacks/settings/instance_types.json, from which the other sizes follow: "
                f'add {family} there, or give single types here, under types, such as "{family}.large"',
            )


def _type_names(prices: InstancePrices) -> Iterator[tuple[Steps, str]]:
    for name in prices.types:
        if not _TYPE.fullmatch(name):
            yield ("types", name), "is not an instance type, such as g5.xlarge"


def _own_factor(prices: ServicePrices) -> Iterator[tuple[Steps, str]]:
    factor = prices.regions.get(prices.region)
    if factor is None:
        yield ("regions",), f"does not hold {prices.region}, whose prices these are: add it with 1.0"
    elif factor != 1:
        yield (
            ("regions", prices.region),
            f"= {factor:g}: these are the prices of {prices.region} (region), so its factor is 1, and the others are multiples",
        )


def _apart(instances: EditedFile[InstancePrices], services: EditedFile[ServicePrices]) -> Iterator[str]:
    for key, what in (("currency", "all prices are of one currency"), ("region", "both are of one region")):
        one, other = getattr(instances.content, key), getattr(services.content, key)
        if one != other:
            place = instances.places.of((key,))
            yield services.mistake((key,), f"= {other!r}: {instances.name}, {place}, has {one!r}, and {what}")
