"""What a hub is told, checked as a whole before anything is configured: its file, the login, secrets of the environment.

The stacks ask the same models before anything is deployed, so this imports nothing but pydantic.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub_common.names import LiveNames

LONGEST_SHOWN = 300  # characters of a value in an error
MIB = 1024**2
GIB = 1024**3
Model = TypeVar("Model", bound=BaseModel)
# Names of claims are texts or URLs: https://datatracker.ietf.org/doc/html/rfc7519#section-4.2
CLAIM = r"^[A-Za-z0-9_.:/#@~%+=&?-]{0,255}$"
_Name = Annotated[str, Field(pattern=r"^[^\s/]{1,255}$")]
_Group = Annotated[str, Field(pattern=r"^[^\s][^\n]{0,255}$")]
_Scope = Annotated[str, Field(pattern=r"^[^\s]{1,128}$")]
_Url = Annotated[str, Field(pattern=r"^(https://[^\s]+)?$")]
_Claim = Annotated[str, Field(pattern=CLAIM)]
PROXY_TOKEN = "CONFIGPROXY_AUTH_TOKEN"  # noqa: S105 - the variable's name
COOKIE_SECRET = "JPY_COOKIE_SECRET"  # noqa: S105
CRYPT_KEY = "JUPYTERHUB_CRYPT_KEY"
# Variables of ours: each hub puts its own prefix before them, see hub_common.names.LiveNames.
CLIENT_ID = "OAUTH_CLIENT_ID"
CLIENT_SECRET = "OAUTH_CLIENT_SECRET"  # noqa: S105
TEST_PASSWORD = "TEST_PASSWORD"  # noqa: S105
DATABASE_URL = "DATABASE_URL"
METRICS_TOKEN = "METRICS_TOKEN"  # noqa: S105
MINIMAL_PASSWORD = 12


class SettingsError(Exception):
    """The hub cannot start with these settings; ``mistakes`` has a line for each thing that is wrong."""

    def __init__(self, source: str, mistakes: list[str]) -> None:
        self.source = source
        self.mistakes = mistakes
        lines = "\n".join(f"  - {mistake}" for mistake in mistakes)
        super().__init__(f"the hub's settings in {source} cannot be used:\n{lines}")


def read_document(path: Path, remedy: str) -> Any:
    """Return the JSON of a file; raise SettingsError, which adds ``remedy`` where the file cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(str(path), [f"{error.strerror}{remedy}"]) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(str(path), [f"no JSON: {error}"]) from error


def validated(model: type[Model], document: Any, source: str) -> Model:
    """Return the model of a parsed document; raise SettingsError with a sentence for each field that is wrong."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise SettingsError(source, sentences(error)) from error


def sentences(error: ValidationError) -> list[str]:
    """Return a sentence for each field that pydantic refuses."""
    return [_sentence(dict(problem)) for problem in error.errors()]


def _sentence(problem: dict[str, Any]) -> str:
    name = ".".join(str(part) for part in problem["loc"]) or "the document"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if problem["type"] == "extra_forbidden":
        return f"{name} is unknown: correct its name or remove it"
    given = repr(problem["input"])
    shown = given if len(given) <= LONGEST_SHOWN else f"{given[:LONGEST_SHOWN]}..."
    return f"{name} = {shown}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


class Conflict(NamedTuple):
    """Which fields do not fit together, a sentence about it without its full stop, and what to do, in the same form."""

    fields: tuple[str, ...]
    sentence: str
    remedy: str


class LoginSettings(BaseModel):
    """The identity provider, and which of its users the hub lets in. By default, none of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authenticator: Literal["none", "github", "google", "cognito", "generic", "test"] = "none"
    allow_test_login: bool = False
    allow_all: bool = False
    allowed_users: tuple[_Name, ...] = ()
    allowed_groups: tuple[_Group, ...] = ()
    admin_users: tuple[_Name, ...] = ()
    admin_groups: tuple[_Group, ...] = ()
    authorize_url: _Url = ""
    token_url: _Url = ""
    userdata_url: _Url = ""
    username_claim: _Claim = ""
    groups_claim: _Claim = ""
    scopes: tuple[_Scope, ...] = ()

    @property
    def needs_client(self) -> bool:
        """Whether the provider wants an OAuth client id and secret."""
        return self.authenticator not in ("none", "test")

    def conflicts(self, prefix: str = "") -> list[Conflict]:
        """Return what does not fit together; ``prefix`` stands before the fields' names in all that is said."""
        found = []
        if self.authenticator == "test" and not self.allow_test_login:
            found.append(
                Conflict(
                    fields=(f"{prefix}allow_test_login",),
                    sentence=f"{prefix}allow_test_login must be true for the test login: its one password lets anyone in",
                    remedy="Choose an identity provider",
                )
            )
        if self.authenticator in ("generic", "cognito"):
            found += [
                Conflict(
                    fields=(f"{prefix}authenticator", f"{prefix}{name}"),
                    sentence=f"{prefix}{name} is needed by the login {self.authenticator}",
                    remedy="Give all three addresses, or choose github or google",
                )
                for name in ("authorize_url", "token_url", "userdata_url")
                if not getattr(self, name)
            ]
        if (self.allowed_groups or self.admin_groups) and self._groups_unknown():
            found.append(self._without_claim(prefix))
        return found + (self._google_conflicts(prefix) if self.authenticator == "google" else [])

    def _without_claim(self, prefix: str) -> Conflict:
        claim, allowed, admin = (
            f"{prefix}{name}" for name in ("groups_claim", "allowed_groups", "admin_groups")
        )
        return Conflict(
            fields=(f"{prefix}authenticator", claim, allowed, admin),
            sentence=(
                f"{claim} is needed by {allowed} and {admin} of the login {self.authenticator}: "
                "it names the claim that lists a user's groups"
            ),
            remedy="Name the claim, or name users instead of groups",
        )

    def _google_conflicts(self, prefix: str) -> list[Conflict]:
        authenticator, domains = f"{prefix}authenticator", f"{prefix}allowed_groups"
        found = [
            Conflict(
                fields=(authenticator, domains),
                sentence=(
                    f"{domains} has {group!r}, which is not a hosted domain such as example.org: the login google "
                    "knows no other groups"
                ),
                remedy="Give domains, or choose another identity provider",
            )
            for group in self.allowed_groups
            if "@" in group or "." not in group
        ]
        if self.admin_groups:
            found.append(
                Conflict(
                    fields=(authenticator, f"{prefix}admin_groups"),
                    sentence=f"{prefix}admin_groups cannot be used: the login google knows no groups of administrators",
                    remedy=f"Name them in {prefix}admin_users",
                )
            )
        if self.allowed_groups:
            found += [
                Conflict(
                    fields=(authenticator, domains, f"{prefix}{field}"),
                    sentence=f"{prefix}{field} has {user!r}, who is of none of the domains in {domains}",
                    remedy=f"Add the user's domain to {domains}, or remove the user",
                )
                for field in ("allowed_users", "admin_users")
                for user in getattr(self, field)
                if user.rpartition("@")[2] not in self.allowed_groups
            ]
        return found

    def _groups_unknown(self) -> bool:
        return self.authenticator == "generic" and not self.groups_claim


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Secrets, which are in no file of the hub's configuration.

    ``client_id``, ``client_secret`` and ``test_password`` fit the login. ``database_url`` is empty for a
    hub that keeps its database in a file.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    test_password: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)


def read_secrets(environment: Mapping[str, str], login: LoginSettings, names: LiveNames) -> Secrets:
    """Check that every secret is there that the hub and its login need; raise SettingsError naming all that lack.

    ``names`` says what the hub's variables begin with.
    Proxy token, cookie secret and key are read by JupyterHub itself: here they are only checked.
    """
    mistakes = [
        f"{name} is not set: it is made at random when the hub is set up"
        for name in (PROXY_TOKEN, COOKIE_SECRET, CRYPT_KEY)
        if not environment.get(name)
    ]
    mistakes += [
        f"{name} is not hexadecimal, or shorter than 32 bytes"
        for name in (COOKIE_SECRET, CRYPT_KEY)
        if environment.get(name) and not _is_key(environment[name])
    ]
    if login.needs_client:
        mistakes += [
            f"{names.variable(name)} is not set: put it into SSM, the login {login.authenticator} needs it"
            for name in (CLIENT_ID, CLIENT_SECRET)
            if not names.value(environment, name)
        ]
    if login.authenticator == "test" and len(names.value(environment, TEST_PASSWORD)) < MINIMAL_PASSWORD:
        mistakes.append(
            f"{names.variable(TEST_PASSWORD)} is missing or shorter than {MINIMAL_PASSWORD} characters: it lets anyone in "
            "who has it"
        )
    if mistakes:
        raise SettingsError("the environment", mistakes)
    return Secrets(
        client_id=names.value(environment, CLIENT_ID),
        client_secret=names.value(environment, CLIENT_SECRET),
        test_password=names.value(environment, TEST_PASSWORD),
        metrics_token=names.value(environment, METRICS_TOKEN),
        database_url=names.value(environment, DATABASE_URL),
    )


def _is_key(value: str) -> bool:
    try:
        return all(len(binascii.a2b_hex(part)) >= 32 for part in value.split(";"))
    except ValueError:
        return False


def gib(size: int) -> str:
    """Return bytes as GiB with one decimal where it matters, below half a GiB as MiB: ``16 GiB``, ``0.5 GiB``, ``20 MiB``."""
    value = size / GIB
    if 0 < value < 0.45:
        return f"{size / MIB:.0f} MiB" if size >= MIB else "less than 1 MiB"
    return f"{value:.0f} GiB" if value >= 100 or abs(value - round(value)) < 0.05 else f"{value:.1f} GiB"
