"""Terraform variables in a stack: their declaration, and typed references to them."""

from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

from cdktf import IResolvable, TerraformVariable, TerraformVariableValidationConfig
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.core.variable_specs import VariableSpec

# What a reference is in Python, by the variable's type in Terraform: a text such as ``${var.region}``, or one of
# CDKTF's tokens. https://developer.hashicorp.com/terraform/cdktf/concepts/tokens
REFERENCE_TYPES: Mapping[str, object] = {
    "string": str,
    "number": float,
    "bool": IResolvable,
    "list(string)": list[str],
}


class Variables:
    """The variables of a stack, declared in it, with a reference for each annotation of a subclass.

    A subclass only annotates the names that its stack uses, so that mypy knows each of them and its type::

        class LabVariables(Variables):
            region: str
            max_size: float
    """

    def __init__(self, scope: Construct, specs: Iterable[VariableSpec]) -> None:
        """Declare ``specs`` in the stack of ``scope``; raise TypeError for an annotation that is not as its variable."""
        self._specs = {spec.name: spec for spec in specs}
        self._declared = {name: declare(scope, spec) for name, spec in self._specs.items()}
        for name, annotation in get_type_hints(type(self)).items():
            spec = self._specs.get(name)
            if spec is None:
                raise TypeError(f"{type(self).__name__}.{name}: the stack has no such variable")
            if REFERENCE_TYPES[spec.type] != annotation:
                raise TypeError(f"{type(self).__name__}.{name}: the variable is a {spec.type}")
            setattr(self, name, self._reference(name))

    def __contains__(self, name: object) -> bool:
        """Tell whether the stack has the variable."""
        return name in self._declared

    def references(self, names: Iterable[str]) -> dict[str, Any]:
        """Return references to variables whose names come from their settings."""
        return {name: self._reference(name) for name in names}

    def _reference(self, name: str) -> Any:
        variable = self._declared[name]
        match self._specs[name].type:
            case "string":
                return str(variable.string_value)
            case "number":
                return float(variable.number_value)
            case "bool":
                return variable.boolean_value
            case _:
                return list(variable.list_value)


def declare(scope: Construct, spec: VariableSpec) -> TerraformVariable:
    """Declare one variable in the stack of ``scope`` under its own name."""
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
