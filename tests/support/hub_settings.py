"""Combinations of settings that the hubs judge, right ones and wrong ones: the same in each run."""

import random
from typing import Any

ADDRESSES = {
    f"hub_login_{name}_url": f"https://id.example.org/{name}" for name in ("authorize", "token", "userdata")
}
GENERIC = {**ADDRESSES, "hub_login_authenticator": "generic"}
# Values of settings that the hubs judge together or alone, some of them wrong. Lists are short, so that pairs meet often.
CHOICES: dict[str, tuple[Any, ...]] = {
    "hub_login_authenticator": ("none", "github", "google", "cognito", "generic", "google", "generic"),
    "hub_login_allow_all": (False, True),
    "hub_login_authorize_url": ("https://id.example.org/a", "https://id.example.org/a", ""),
    "hub_login_token_url": (
        "https://id.example.org/t",
        "https://id.example.org/t",
        "http://id.example.org/t",
    ),
    "hub_login_userdata_url": ("https://id.example.org/u", "https://id.example.org/u", ""),
    "hub_login_allowed_groups": (
        (),
        ("staff",),
        ("example.org",),
        ("a@example.org",),
        ("example.org", "b.org"),
    ),
    "hub_login_admin_groups": ((), (), ("admins",)),
    "hub_login_allowed_users": ((), ("ada@example.org",), ("ada",), ("ada@b.org", "x@example.org"), ("a b",)),
    "hub_login_admin_users": ((), ("root@example.org",), ("root@elsewhere.org",)),
    "hub_login_groups_claim": ("", "groups", "https://example.org/roles", "my groups"),
    "hub_login_username_claim": ("", "sub", "https://example.org/name", "é"),
    "hub_user_memory_gib": (0.5, 2.0, 160.0, 160.5, 512.0),
    "hub_max_cluster_memory_gib": (160, 2, 1),
    "hub_user_cpus": (1.0, 0.1, 200.0),
    "hub_image": ("chef-hub/jupyterhub:latest", "chef-hub/jupyterhub:latest", "-no"),
    "hub_port": (8000, 443, 8001, 8081, 22, 65536),
    "hub_user_domains": ("auto", "off"),
}
# Where most values are right, or nearly every combination would be refused for some reason.
USUAL = {name: values[0] for name, values in CHOICES.items()}


def combinations(count: int) -> list[dict[str, Any]]:
    """Return that many contexts: the usual values, but for a handful of settings; the same ones in each run."""
    chance = random.Random(1214)  # noqa: S311 - no secret
    found = []
    for _ in range(count):
        context = USUAL | {"hub_login_authenticator": chance.choice(CHOICES["hub_login_authenticator"])}
        for name in chance.sample(sorted(CHOICES), chance.randint(1, 6)):
            context[name] = chance.choice(CHOICES[name])
        found.append(context)
    return found


def login(context: dict[str, Any]) -> dict[str, Any]:
    """Return the section ``login`` that a stack would write for a context."""
    return {
        name.removeprefix("hub_login_"): value
        for name, value in context.items()
        if name.startswith("hub_login_")
    }


def hub(context: dict[str, Any]) -> dict[str, Any]:
    """Return the part of chef-hub's section ``hub`` that the context decides, with its login."""
    own = ("user_memory_gib", "max_cluster_memory_gib", "user_cpus", "user_domains")
    found = {name: context[f"hub_{name}"] for name in own}
    return {**found, "hub_image": context["hub_image"], "login": login(context)}
