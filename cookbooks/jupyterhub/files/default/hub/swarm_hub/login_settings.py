"""Who may log in, and how: the section ``hub.login`` of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[^\s/]{1,255}$")]
Group = Annotated[str, Field(pattern=r"^[^\s][^\n]{0,255}$")]
Scope = Annotated[str, Field(pattern=r"^[^\s]{1,128}$")]
Url = Annotated[str, Field(pattern=r"^(https://[^\s]+)?$")]
Claim = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{0,128}$")]


class LoginSettings(BaseModel):
    """The identity provider, and whom of its users the hub lets in. Without any of it, nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authenticator: Literal["none", "github", "google", "cognito", "generic", "test"] = "none"
    allow_test_login: bool = False
    allow_all: bool = False
    allowed_users: tuple[Name, ...] = ()
    allowed_groups: tuple[Group, ...] = ()
    admin_users: tuple[Name, ...] = ()
    admin_groups: tuple[Group, ...] = ()
    authorize_url: Url = ""
    token_url: Url = ""
    userdata_url: Url = ""
    username_claim: Claim = ""
    groups_claim: Claim = ""
    scopes: tuple[Scope, ...] = ()

    @property
    def needs_client(self) -> bool:
        """Whether the provider wants an OAuth client id and secret."""
        return self.authenticator not in ("none", "test")

    def mistakes(self) -> list[str]:
        """Return what does not fit together, a sentence each that starts with the field's name."""
        found = []
        if self.authenticator == "test" and not self.allow_test_login:
            found.append("allow_test_login must be true for the test login: its one password lets anyone in")
        if self.authenticator in ("generic", "cognito"):
            found += [
                f"{name} is needed by the login {self.authenticator}"
                for name in ("authorize_url", "token_url", "userdata_url")
                if not getattr(self, name)
            ]
        if (self.allowed_groups or self.admin_groups) and self._groups_unknown():
            found.append(
                f"groups_claim is needed by allowed_groups and admin_groups of the login {self.authenticator}: "
                "it names the claim that lists a user's groups"
            )
        return found + (self._google_mistakes() if self.authenticator == "google" else [])

    def _google_mistakes(self) -> list[str]:
        found = [
            f"allowed_groups has {group!r}, which is no hosted domain such as example.org: the login google "
            "knows no other groups"
            for group in self.allowed_groups
            if "@" in group or "." not in group
        ]
        if self.admin_groups:
            found.append("admin_groups is of no use for the login google: name the admin_users")
        if self.allowed_groups:
            found += [
                f"{field} has {user!r}, who is of none of the domains in allowed_groups"
                for field in ("allowed_users", "admin_users")
                for user in getattr(self, field)
                if user.rpartition("@")[2] not in self.allowed_groups
            ]
        return found

    def _groups_unknown(self) -> bool:
        return self.authenticator == "generic" and not self.groups_claim
