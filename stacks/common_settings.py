"""Settings that both stacks share: profile, backend, adoption and tags."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from stacks.backend_settings import BACKEND_TYPES, STACK_NAMES, Backends, BackendsByStack
from stacks.settings_model import Remedy, Rule, SettingsModel, Variable

MODULE_PATH = (
    r"^module\.[A-Za-z_][A-Za-z0-9_-]*(\[[^\[\]]+\])?(\.module\.[A-Za-z_][A-Za-z0-9_-]*(\[[^\[\]]+\])?)*$"
)


class CommonSettings(SettingsModel):
    """What both stacks are told."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            fields=("adopt_from_module", "profile"),
            broken=lambda s: (
                "only the original profile reproduces what such a state holds"
                if s.adopt_from_module is not None and s.profile != "original"
                else None
            ),
            remedy='Set "profile": "original" to adopt; switch to "recommended" once the adoption is applied.',
        ),
    )

    profile: Annotated[
        Literal["recommended", "original"], Remedy('Use "recommended" (for anything new) or "original".')
    ] = Field(
        "recommended",
        description="`recommended`, or `original`: exactly the settings of the original designs",
    )
    backend: Annotated[
        Backends,
        Remedy(
            'Use "local", or an object with "type": local, s3, cloud or remote and its fields, '
            "or one such object for each of aws-lab and chef-hub; see docs/how-to/backends.md."
        ),
    ] = Field(
        BackendsByStack(),
        description="where Terraform keeps its state; a type's name, one backend, or a backend a stack",
    )
    adopt_from_module: Annotated[
        str | None, Remedy('Give the module path of the existing chef-hub resources, such as "module.chef".')
    ] = Field(
        None,
        pattern=MODULE_PATH,
        description="take over a chef-hub state whose resources lie under this module path (profile `original` only)",
    )
    adoption: Annotated[
        str, Remedy("Give a folder inside the project, by a relative path with / between its parts.")
    ] = Field(
        "adoption",
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$",
        description="folder with the adoption files that `hubctl adopt` writes, one a stack",
    )
    owner: Annotated[
        str,
        Remedy(
            "Give the team or person who answers for it: 1 to 128 letters, digits, spaces or + = . _ : / @ -"
        ),
        Variable(),
    ] = Field(
        "operations",
        pattern=r"^[A-Za-z0-9 +=._:/@-]{1,128}$",
        description="who answers for the deployment; the `Owner` tag",
    )

    @classmethod
    def inner_path(cls, path: tuple[Any, ...], value: object) -> tuple[Any, ...]:
        """Leave out the stack's name where one backend was given for both, and the backend's type always."""
        inner = tuple(part for part in path if part not in BACKEND_TYPES)
        named = isinstance(value, dict) and set(value) & set(STACK_NAMES)
        return inner if named else tuple(part for part in inner if part not in STACK_NAMES)
