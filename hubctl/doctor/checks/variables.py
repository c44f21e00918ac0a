"""Every variable that needs a value has one, and the stack accepts them."""

from collections.abc import Iterator

from hubctl.configuration.missing_variables import missing_variables
from hubctl.configuration.pairs import MODELS
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok


def _run(examination: Examination) -> Iterator[Finding]:
    stack = examination.stack
    missing = missing_variables(stack.configuration.get("variable", {}), stack.given)
    for each in missing:
        yield error(
            each.name,
            f"the variable {each.name} has no value: {each.description}",
            f"Set TF_VAR_{each.name}, write it into terraform.tfvars, or give `--var {each.name}=VALUE`.",
        )
    model = MODELS[stack.name]
    given = {name: value for name, value in stack.given.items() if name in model.model_fields}
    _, mistakes = model.check(
        {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    )
    for mistake in mistakes:
        yield error(mistake.key, f"{mistake.key} = {mistake.value!r}: {mistake.problem}", mistake.remedy)
    if not missing and not mistakes:
        yield ok("variables", f"all {len(stack.values)} Terraform variables have usable values")


CHECK = Check(
    name="variables",
    about="every Terraform variable has a value that the stack accepts",
    run=_run,
    offline=True,
)
