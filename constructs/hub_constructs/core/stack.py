"""The base of both stacks: address book, provider with default tags, outputs, and the checks before synth."""

from collections.abc import Mapping
from typing import Any

from cdktf import TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from hub_constructs.core.addresses import AddressBook, addresses_in, at
from hub_constructs.core.variables import Variables

REQUIRED_TERRAFORM = ">= 1.9.0"  # the first whose variable validations may refer to other variables


class HubStack(TerraformStack):
    """A Terraform stack whose addresses are chosen, checked and never left to chance. Each stack declares ``variables``."""

    variables: Variables

    def __init__(self, scope: Construct, name: str) -> None:
        super().__init__(scope, name)
        self.address_book = AddressBook()
        self.add_override("terraform.required_version", REQUIRED_TERRAFORM)

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
