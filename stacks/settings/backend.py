"""Where Terraform keeps its state: local, S3, Terraform Cloud or another remote, as typed settings."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from stacks.registry import STACKS
from stacks.settings.field_checks import BUCKET, REGION

BACKEND_TYPES = ("local", "s3", "cloud", "remote")


class _Backend(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def for_stack(self, stack: str) -> dict[str, Any]:
        """Return the fields as a dict with ``{stack}`` in every text replaced by the stack's name."""
        return {
            key: value.replace("{stack}", stack) if isinstance(value, str) else value
            for key, value in self.model_dump(exclude_none=True).items()
        }


class LocalBackendSettings(_Backend):
    """A state file, by default ``terraform.tfstate`` in the synthesized folder of the stack."""

    type: Literal["local"] = "local"
    path: str | None = Field(None, min_length=1)


class S3BackendSettings(_Backend):
    """A state object in S3, locked by a lock file in the bucket (or the given DynamoDB table)."""

    type: Literal["s3"]
    bucket: Annotated[str, BUCKET]
    region: Annotated[str, REGION]
    key: str = Field("jupyterhub/{stack}/terraform.tfstate", min_length=1)
    encrypt: bool = True
    kms_key_id: str | None = None
    use_lockfile: bool = True
    dynamodb_table: str | None = Field(None, min_length=3)
    profile: str | None = Field(None, min_length=1)
    workspace_key_prefix: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _lock(self) -> "S3BackendSettings":
        if not self.use_lockfile and self.dynamodb_table is None:
            raise ValueError(
                "the state would not be locked: leave use_lockfile true or name a dynamodb_table"
            )
        return self


class _Workspaces(_Backend):
    organization: str = Field(pattern=r"^[A-Za-z0-9_-]{3,}$")
    hostname: str | None = Field(None, min_length=1)
    workspace: str | None = Field(None, pattern=r"^[A-Za-z0-9_{}-]{1,90}$")


class CloudBackendSettings(_Workspaces):
    """Terraform Cloud: an organization, and the workspace by name or by tags."""

    type: Literal["cloud"]
    project: str | None = Field(None, min_length=1)
    tags: list[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9:_-]*$")]] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> "CloudBackendSettings":
        if (self.workspace is None) == (self.tags is None):
            raise ValueError("give either workspace (its name) or tags, not both and not neither")
        return self


class RemoteBackendSettings(_Workspaces):
    """The older ``remote`` backend: an organization, and the workspace by name or by prefix."""

    type: Literal["remote"]
    prefix: str | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> "RemoteBackendSettings":
        if (self.workspace is None) == (self.prefix is None):
            raise ValueError("give either workspace (its name) or prefix, not both and not neither")
        return self


AnyBackend = Annotated[
    LocalBackendSettings | S3BackendSettings | CloudBackendSettings | RemoteBackendSettings,
    Field(discriminator="type"),
]


class BackendsByStack(BaseModel):
    """A backend a stack; a stack that is not named keeps its state in a local file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    aws_lab: AnyBackend = Field(LocalBackendSettings(), alias="aws-lab")
    chef_hub: AnyBackend = Field(LocalBackendSettings(), alias="chef-hub")

    def for_stack(self, stack: str) -> dict[str, Any]:
        """Return the backend of ``stack`` as a dict with its ``type`` and fields."""
        backend: _Backend = getattr(self, STACKS[stack].key)
        return backend.for_stack(stack)


def _spread(given: object) -> object:
    """Turn a bare type name, or one backend for both stacks, into a backend a stack."""
    one = _typed(given)
    if not isinstance(one, dict):
        return one
    if set(one) & set(STACKS):
        return {stack: _typed(backend) for stack, backend in one.items()}
    if one.get("type") not in BACKEND_TYPES:
        raise ValueError(f"the type {one.get('type')!r} is unknown; there are {', '.join(BACKEND_TYPES)}")
    shared = [key for key in ("path", "key", "workspace") if "{stack}" not in str(one.get(key, "{stack}"))]
    if shared:
        raise ValueError(
            f"both stacks would share one state: put {{stack}} into {' and '.join(shared)}, or give a backend a stack"
        )
    return dict.fromkeys(STACKS, one)


def _typed(given: object) -> object:
    return {"type": given} if isinstance(given, str) else given


Backends = Annotated[BackendsByStack, BeforeValidator(_spread)]
