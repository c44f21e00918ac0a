"""Settings that both stacks share: profile, backend, adoption and tags."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from stacks.registry import STACKS
from stacks.settings.backend import BACKEND_TYPES, Backends, BackendsByStack
from stacks.settings.field_checks import E_MAIL
from stacks.settings.model import Remedy, Rule, SettingsModel, Variable

MODULE_PATH = (
    r"^module\.[A-Za-z_][A-Za-z0-9_-]*(\[[^\[\]]+\])?(\.module\.[A-Za-z_][A-Za-z0-9_-]*(\[[^\[\]]+\])?)*$"
)


class CommonSettings(SettingsModel):
    """Settings of both stacks."""

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
    monitoring: Annotated[bool | None, Remedy("Use true or false, or leave it to the profile.")] = Field(
        None,
        description="alarms, their notification topic and a dashboard; `recommended` has them when not given",
    )
    backups: Annotated[bool | None, Remedy("Use true or false, or leave it to the profile.")] = Field(
        None, description="daily backups of the homes by AWS Backup; `recommended` has them when not given"
    )
    keep_homes: Annotated[bool, Remedy("Use true or false.")] = Field(
        True,
        description="refuse every plan that would delete the homes or their backups; see docs/how-to/destroy.md",
    )
    alarm_email: Annotated[
        str, Remedy("Give one e-mail address, or leave it empty to subscribe nobody."), Variable()
    ] = Field(
        "",
        pattern=E_MAIL,
        description="who is told of alarms by e-mail; they have to confirm by a link in the first one",
    )
    backup_retention_days: Annotated[int, Remedy("Use 1 to 3650 days."), Variable()] = Field(
        35, ge=1, le=3650, description="days that a backup of the homes is kept"
    )

    def has(self, part: Literal["monitoring", "backups"]) -> bool:
        """Tell whether the stacks have this part: as it was set, else as the profile has it."""
        chosen: bool | None = getattr(self, part)
        return self.profile == "recommended" if chosen is None else chosen

    @classmethod
    def inner_path(cls, path: tuple[Any, ...], value: object) -> tuple[Any, ...]:
        """Leave out the stack's name where one backend was given for both, and the backend's type always."""
        inner = tuple(part for part in path if part not in BACKEND_TYPES)
        named = isinstance(value, dict) and set(value) & set(STACKS)
        return inner if named else tuple(part for part in inner if part not in STACKS)
