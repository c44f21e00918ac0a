"""The base of both stacks: address book, provider with default tags, variables, and the checks before synth."""

from collections.abc import Iterable, Mapping
from typing import Any

from cdktf import (
    IResolvable,
    TerraformOutput,
    TerraformStack,
    TerraformVariable,
    TerraformVariableValidationConfig,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from hub_constructs.core.addresses import AddressBook, addresses_in, at
from hub_constructs.core.variable_specs import VariableSpec


def declare(scope: Construct, spec: VariableSpec) -> TerraformVariable:
    """Declare ``spec`` in the stack of ``scope`` under its own name."""
    return at(
        TerraformVariable(
            scope,
            f"var-{spec.name}",
            type=spec.type,
            description=spec.description,
            default=spec.default,
            sensitive=spec.sensitive or None,
            nullable=False,
            validation=[
                TerraformVariableValidationConfig(
                    condition=f"${{{check.condition}}}", error_message=check.message
                )
                for check in spec.checks
            ]
            or None,
        ),
        spec.name,
    )


REQUIRED_TERRAFORM = ">= 1.9.0"  # the first whose variable validations may refer to other variables


class HubStack(TerraformStack):
    """A Terraform stack whose addresses are chosen, checked and never left to chance."""

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.address_book = AddressBook()
        self.variables: dict[str, TerraformVariable] = {}
        # Asked of Node once for each variable; a reference stands for the same one wherever it is used.
        self._texts: dict[str, str] = {}
        self._numbers: dict[str, float] = {}
        self.add_override("terraform.required_version", REQUIRED_TERRAFORM)

    def declare_variables(self, specs: Iterable[VariableSpec]) -> None:
        """Declare each variable; afterwards ``self.variables[name]`` is its object."""
        for spec in specs:
            self.variables[spec.name] = declare(self, spec)

    def text(self, name: str) -> str:
        """Return a reference to the string variable ``name``, such as ``${var.region}``."""
        if name not in self._texts:
            self._texts[name] = str(self.variables[name].string_value)
        return self._texts[name]

    def number(self, name: str) -> float:
        """Return a reference to the number variable ``name`` as a CDKTF number token."""
        if name not in self._numbers:
            self._numbers[name] = float(self.variables[name].number_value)
        return self._numbers[name]

    def flag(self, name: str) -> IResolvable:
        """Return a reference to the bool variable ``name``."""
        return self.variables[name].boolean_value

    def texts(self, name: str) -> list[str]:
        """Return a reference to the list(string) variable ``name`` as a CDKTF list token."""
        return list(self.variables[name].list_value)

    def configure_provider(
        self,
        *,
        region: str,
        default_tags: Mapping[str, str],
        allowed_account_ids: list[str] | None = None,
        endpoints: Mapping[str, str] | None = None,
    ) -> AwsProvider:
        """Configure the AWS provider; no default tags when ``default_tags`` is empty.

        ``endpoints`` are URLs of services by the provider's names, where it would look for them elsewhere.
        The variable of the region has a validation. The provider would refuse what is newer than itself, such as
        ``ap-southeast-6``, even where it knows the partition.
        """
        tags = [AwsProviderDefaultTags(tags=dict(default_tags))] if default_tags else None
        provider = AwsProvider(
            self,
            "aws",
            region=region,
            skip_region_validation=True,
            default_tags=tags,
            allowed_account_ids=allowed_account_ids,
        )
        if endpoints:
            provider.add_override("endpoints", [dict(endpoints)])
        return provider

    def output(self, name: str, value: Any, description: str) -> TerraformOutput:
        """Declare the output ``name``."""
        return at(TerraformOutput(self, f"output-{name}", value=value, description=description), name)

    def check_addresses(self) -> None:
        """Raise when an element has no chosen address, or was given it too late.

        For tests: it resolves the whole stack once more. That no two elements share an address is checked by
        ``at`` itself, at every synth.
        """
        self.prepare_stack()
        self.address_book.check(addresses_in(self.to_terraform()))
