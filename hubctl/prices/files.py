"""The two price files, read and checked together: they are the operator's to edit."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubctl.errors import BadInputError
from hubctl.prices.schema import InstancePrices, ServicePrices
from stacks.edited_file import EditedFile
from stacks.file_mistakes import EditedFileError
from stacks.given_json import Steps
from stacks.instance_types import families

FOLDER = Path(__file__).resolve().parent
SHOWN = "hubctl/prices"
REMEDY = (
    "Correct the price files; docs/how-to/estimate-cost.md says what they hold, and `git diff hubctl/prices` shows what "
    "was changed."
)
_TYPE = re.compile(r"[a-z][a-z0-9-]*\.[a-z0-9-]+")


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
                f"has no xlarge in stacks/instance_types.json, from which the other sizes follow: add {family} there, or give "
                f'single types here, under types, such as "{family}.large"',
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
