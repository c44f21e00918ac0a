"""Terraform variables: what an operator sets with -var, TF_VAR_..., terraform.tfvars or in Terraform Cloud."""

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.variable_specs import VariableSpec


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
