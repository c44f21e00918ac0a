"""One definition, two checks: what pydantic refuses in the settings, Terraform's validation blocks refuse in variables."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from annotated_types import Ge, Le
from pydantic import GetCoreSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, core_schema

from hub_constructs.core.aws_limits import (
    domain_names,
    regions,
    resource_names,
)
from hub_constructs.core.variable_specs import Check, TextRule

INSTANCE_TYPE = r"^[a-z0-9-]+[.][a-z0-9-]+$"
IMAGE_NAME = r"^[a-zA-Z0-9()\[\]. /'@_*?-]{3,128}$"
IMAGE_OWNER = r"^(self|amazon|aws-marketplace|[0-9]{12})$"
ACCOUNT = r"^([0-9]{12})?$"
E_MAIL = r"^([^@\s]+@[^@\s]+)?$"


# Ranges with a special meaning: AWS does not give them to a VPC, and operators do not come from them
NEVER_USED = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")


@dataclass(frozen=True, kw_only=True)
class Network:
    """Marks a text as an IPv4 network in CIDR form with a prefix length from ``shortest`` to ``longest``.

    It overlaps neither ``NEVER_USED`` nor ``containers``, the network that containers on the machines have.
    """

    shortest: int
    longest: int
    containers: str | None = None

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse everything else; None passes, for fields whose default comes from elsewhere."""
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: str | None) -> str | None:
        """Return ``value``; raise ValueError with the reason when it is not such a network."""
        if value is None:
            return value
        try:
            parsed = ipaddress.IPv4Network(value)
        except ValueError as error:
            raise ValueError(f"it is not an IPv4 network in CIDR form ({error})") from error
        if "/" not in value:
            raise ValueError("it has no prefix length")
        if not self.shortest <= parsed.prefixlen <= self.longest:
            raise ValueError(
                f"its prefix is /{parsed.prefixlen}; /{self.shortest} to /{self.longest} are possible"
            )
        for taken in self._taken:
            if parsed.overlaps(ipaddress.IPv4Network(taken)):
                whose = (
                    "the containers on the machines have" if taken == self.containers else "AWS does not give"
                )
                raise ValueError(f"it overlaps {taken}, which {whose}")
        return value

    def check(self, name: str, remedy: str) -> Check:
        """Return the validation block that says the same."""
        lengths = "|".join(str(length) for length in range(self.shortest, self.longest + 1))
        # Two networks overlap when they are the same up to the shorter of their prefixes.
        shorter = f'min(tonumber(split("/", taken)[1]), tonumber(split("/", var.{name})[1]))'
        cut = f'cidrhost(format("%s/%d", split("/", {{}})[0], {shorter}), 0)'
        taken = ", ".join(f'"{network}"' for network in self._taken)
        apart = f"{cut.format(f'var.{name}')} != {cut.format('taken')}"
        return Check(
            condition=(
                f'can(regex("/(?:{lengths})$", var.{name})) && '
                f'try(cidrhost(var.{name}, 0) == split("/", var.{name})[0], false) && '
                f"try(alltrue([for taken in [{taken}] : {apart}]), false)"
            ),
            message=f"{name}: {remedy}",
        )

    @property
    def _taken(self) -> tuple[str, ...]:
        return (*NEVER_USED, self.containers) if self.containers else NEVER_USED


@dataclass(frozen=True, kw_only=True)
class Text:
    """Marks a text, or each one of a list of texts, as one that keeps the rules of a table of AWS's limits.

    Attributes:
        rules: The rules; a text that breaks one is not judged by those behind it.
        explained: Says more of a text that breaks a rule than the rule does.
        optional: Whether it may be empty.

    """

    rules: tuple[TextRule, ...]
    explained: Callable[[str], str | None] = lambda _text: None
    optional: bool = False

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse everything else; None passes, for fields whose default comes from elsewhere."""
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: Any) -> Any:
        """Return ``value``; raise ValueError with what is wrong with it, or with each one in it."""
        if isinstance(value, tuple):
            problems = [f"{text!r}: {problem}" for text in value if (problem := self.problem(text))]
        else:
            problems = [problem] if value is not None and (problem := self.problem(value)) else []
        if problems:
            raise ValueError("; ".join(problems))
        return value

    def problem(self, text: str) -> str | None:
        """Return what is wrong with a text, None when nothing is."""
        if self.optional and text == "":
            return None
        broken = next((rule for rule in self.rules if rule.broken(text)), None)
        return None if broken is None else self.explained(text) or broken.problem

    def checks(self, name: str, remedy: str, *, several: bool) -> Iterator[Check]:
        """Yield the validation blocks that say the same, one for each rule; ``several``: the variable is a list."""
        text = "item" if several else f"var.{name}"
        for rule in self.rules:
            condition = rule.condition(text)
            if several:
                condition = f"alltrue([for item in var.{name} : {condition}])"
            elif self.optional:
                condition = f'var.{name} == "" || ({condition})'
            yield Check(condition=condition, message=f"{name}: {rule.problem}. {remedy}")


DOMAIN = Text(rules=domain_names.DOMAIN, explained=domain_names.explained_domain)
CERTIFIED_DOMAIN = Text(
    rules=(*domain_names.DOMAIN, domain_names.CERTIFICATE_NAME), explained=domain_names.explained_domain
)
HUB_DOMAIN = Text(
    rules=(*domain_names.DOMAIN, domain_names.ROOM_BELOW), explained=domain_names.explained_domain
)
REGION = Text(rules=regions.REGION, explained=regions.explained_region)
ZONE = Text(rules=(regions.ZONE,), explained=lambda text: f"it {regions.explained_zone(text)}")
NAME = Text(rules=resource_names.NAME)
BUCKET = Text(rules=resource_names.BUCKET)
OPTIONAL_BUCKET = Text(rules=resource_names.BUCKET, optional=True)


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """Marks a number as one of ``values``."""

    values: tuple[int, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse every other number."""
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: int) -> int:
        """Return ``value``; raise ValueError when it is none of them."""
        if value not in self.values:
            raise ValueError(f"it is none of {', '.join(map(str, self.values))}")
        return value

    def check(self, name: str, remedy: str) -> Check:
        """Return the validation block that says the same."""
        return Check(condition=f"contains({list(self.values)}, var.{name})", message=f"{name}: {remedy}")


@dataclass(frozen=True, kw_only=True)
class Items:
    """Marks a list of texts: each matches ``pattern``, and none is there twice."""

    pattern: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Refuse every other list."""
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, values: tuple[str, ...]) -> tuple[str, ...]:
        """Return ``values``; raise ValueError naming those that do not match, or are there twice."""
        # Python's $ would let a line end through.
        strange = [value for value in values if not re.search(self.pattern.removesuffix("$") + r"\Z", value)]
        if strange:
            raise ValueError(f"{', '.join(map(repr, strange))} cannot be used")
        doubled = sorted({value for value in values if values.count(value) > 1})
        if doubled:
            raise ValueError(f"{', '.join(map(repr, doubled))} is there twice")
        return values

    def check(self, name: str, remedy: str) -> Check:
        """Return the validation block that says the same."""
        return Check(
            condition=(
                f'alltrue([for item in var.{name} : can(regex("{_escaped(self.pattern)}", item))]) && '
                f"length(distinct(var.{name})) == length(var.{name})"
            ),
            message=f"{name}: {remedy}",
        )


def no_cognito(authenticator: str, region: str) -> str | None:
    """Return the problem of a login by Cognito in a partition that does not have it; None where there is none."""
    inside = regions.lacks(region, regions.COGNITO) if authenticator == "cognito" else None
    return f"there is no Amazon Cognito in the partition {inside} of {region}" if inside else None


def _escaped(pattern: str) -> str:
    return pattern.replace("\\", "\\\\")


# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION = OneOf(
    values=(
        *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
        *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
    )
)


def derived_checks(name: str, field: FieldInfo, remedy: str) -> Iterator[Check]:
    """Yield the validation blocks that say what the field's own constraints say."""
    message = f"{name}: {remedy}"
    for item in field.metadata:
        if isinstance(item, Text):
            yield from item.checks(name, remedy, several=field.annotation == tuple[str, ...])
        elif isinstance(item, Network | OneOf | Items):
            yield item.check(name, remedy)
        elif isinstance(item, Ge):
            yield Check(condition=f"var.{name} >= {item.ge}", message=message)
        elif isinstance(item, Le):
            yield Check(condition=f"var.{name} <= {item.le}", message=message)
        elif isinstance(pattern := getattr(item, "pattern", None), str):
            yield Check(condition=f'can(regex("{_escaped(pattern)}", var.{name}))', message=message)
    if field.annotation is int:
        yield Check(
            condition=f"floor(var.{name}) == var.{name}",
            message=f"{name}: a whole number is needed. {remedy}",
        )
