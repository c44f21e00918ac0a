"""Who may log in, and how: the section ``hub.login`` of the settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from swarm_hub.misfits import Misfit

# Names of claims are texts or URLs: https://datatracker.ietf.org/doc/html/rfc7519#section-4.2
CLAIM = r"^[A-Za-z0-9_.:/#@~%+=&?-]{0,255}$"
Name = Annotated[str, Field(pattern=r"^[^\s/]{1,255}$")]
Group = Annotated[str, Field(pattern=r"^[^\s][^\n]{0,255}$")]
Scope = Annotated[str, Field(pattern=r"^[^\s]{1,128}$")]
Url = Annotated[str, Field(pattern=r"^(https://[^\s]+)?$")]
Claim = Annotated[str, Field(pattern=CLAIM)]


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

    def misfits(self, prefix: str = "") -> list[Misfit]:
        """Return what does not fit together; ``prefix`` stands before the fields' names in all that is said."""
        found = []
        if self.authenticator == "test" and not self.allow_test_login:
            found.append(
                Misfit(
                    fields=(f"{prefix}allow_test_login",),
                    sentence=f"{prefix}allow_test_login must be true for the test login: its one password lets anyone in",
                    remedy="Choose an identity provider",
                )
            )
        if self.authenticator in ("generic", "cognito"):
            found += [
                Misfit(
                    fields=(f"{prefix}authenticator", f"{prefix}{name}"),
                    sentence=f"{prefix}{name} is needed by the login {self.authenticator}",
                    remedy="Give all three addresses, or choose github or google",
                )
                for name in ("authorize_url", "token_url", "userdata_url")
                if not getattr(self, name)
            ]
        if (self.allowed_groups or self.admin_groups) and self._groups_unknown():
            found.append(self._without_claim(prefix))
        return found + (self._google_misfits(prefix) if self.authenticator == "google" else [])

    def _without_claim(self, prefix: str) -> Misfit:
        claim, allowed, admin = (
            f"{prefix}{name}" for name in ("groups_claim", "allowed_groups", "admin_groups")
        )
        return Misfit(
            fields=(f"{prefix}authenticator", claim, allowed, admin),
            sentence=(
                f"{claim} is needed by {allowed} and {admin} of the login {self.authenticator}: "
                "it names the claim that lists a user's groups"
            ),
            remedy="Name the claim, or name users instead of groups",
        )

    def _google_misfits(self, prefix: str) -> list[Misfit]:
        authenticator, domains = f"{prefix}authenticator", f"{prefix}allowed_groups"
        found = [
            Misfit(
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
                Misfit(
                    fields=(authenticator, f"{prefix}admin_groups"),
                    sentence=f"{prefix}admin_groups cannot be used: the login google knows no groups of administrators",
                    remedy=f"Name them in {prefix}admin_users",
                )
            )
        if self.allowed_groups:
            found += [
                Misfit(
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
