"""Terraform variables: what an operator sets with -var, TF_VAR_..., terraform.tfvars or in Terraform Cloud."""

from dataclasses import dataclass
from typing import Any

from cdktf import TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct

from hub_constructs.addresses import at


@dataclass(frozen=True, kw_only=True)
class Check:
    """One ``validation`` block: an HCL condition without ``${}``, and the sentence shown when it is false."""

    condition: str
    message: str


@dataclass(frozen=True, kw_only=True)
class VariableSpec:
    """A Terraform variable. ``default`` None means that the operator must give a value."""

    name: str
    type: str
    description: str
    default: Any = None
    sensitive: bool = False
    checks: tuple[Check, ...] = ()


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
                TerraformVariableValidationConfig(condition=f"${{{check.condition}}}", error_message=check.message)
                for check in spec.checks
            ]
            or None,
        ),
        spec.name,
    )
