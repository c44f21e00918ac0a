"""Renders docs/reference/settings.md from the settings models, so that the page cannot drift from the code."""

from collections.abc import Iterator

from pydantic.fields import FieldInfo

from stacks.registry import STACKS
from stacks.settings.common import CommonSettings
from stacks.settings.model import SettingsModel, Variable, terraform_type

INTRODUCTION = """# Settings and variables

Generated from `stacks/settings/*.py` by `make reference`.

**Settings** shape the stacks at synth. Write them into the `context` of `cdktf.json`, or into the
environment variable `CDKTF_CONTEXT_JSON`, as one flat JSON object; a key of the environment wins
over the same key of the file. (The `cdktf` command line replaces the environment variable with the
file's `context` if the file has one: use only one of the two with it.)

```sh
CDKTF_CONTEXT_JSON='{"zone_count": 3, "owner": "data team"}' .venv/bin/python main.py
```

**Variables** are Terraform variables: set them with `-var`, `TF_VAR_...`, `terraform.tfvars` or in
Terraform Cloud. Their defaults can be set like settings, by the same name. Both ways check values
in the same way: settings all at once before anything is written, variables by Terraform's
`validation` blocks.
"""


def render() -> str:
    """Return the whole page in Markdown."""
    parts = [INTRODUCTION]
    groups: list[tuple[str, type[SettingsModel]]] = [
        ("Both stacks", CommonSettings),
        *((f"Stack `{stack.name}`", stack.settings) for stack in STACKS.values()),
    ]
    for title, group in groups:
        parts += [f"\n## {title}\n", *_tables(group)]
    return "\n".join(parts) + "\n"


def _tables(group: type[SettingsModel]) -> Iterator[str]:
    variables = {name for name, _, _ in group.variables()}
    shaping = [name for name in group.model_fields if name not in variables]
    if shaping:
        yield "### Settings\n"
        yield from _table(group, shaping)
        yield ""
    yield "### Variables\n"
    yield from _table(group, [name for name in group.model_fields if name in variables])


def _table(group: type[SettingsModel], names: list[str]) -> Iterator[str]:
    yield "| name | type | default | what it is | what is accepted |"
    yield "| --- | --- | --- | --- | --- |"
    for name in names:
        field = group.model_fields[name]
        cells = (f"`{name}`", _type(field), _default(field), str(field.description), group.remedy(name))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(field: FieldInfo) -> str:
    if not any(isinstance(item, Variable) for item in field.metadata):
        if field.annotation in (bool, bool | None):
            return "true or false"
        return "number" if field.annotation is int else "text"
    sensitive = any(isinstance(item, Variable) and item.sensitive for item in field.metadata)
    return f"`{terraform_type(field.annotation)}`" + (", sensitive" if sensitive else "")


def _default(field: FieldInfo) -> str:
    if isinstance(field.default, SettingsModel) or type(field.default).__name__ == "BackendsByStack":
        return "`local`"
    if field.default is None:
        return "none"
    if isinstance(field.default, tuple):
        return f"`{list(field.default)}`"
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default}`" if field.default != "" else "empty"
