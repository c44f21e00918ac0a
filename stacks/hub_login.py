"""The variables ``hub_login_*``, which both stacks have, as references for what they tell their hubs."""

from typing import Any

from hub_constructs.core.stack import HubStack


def login_references(stack: HubStack) -> dict[str, Any]:
    """Return the section ``login`` of a hub's settings: each key is the variable's name after ``hub_login_``."""
    return {
        "authenticator": stack.text("hub_login_authenticator"),
        "allow_all": stack.flag("hub_login_allow_all"),
        "allowed_users": stack.texts("hub_login_allowed_users"),
        "allowed_groups": stack.texts("hub_login_allowed_groups"),
        "admin_users": stack.texts("hub_login_admin_users"),
        "admin_groups": stack.texts("hub_login_admin_groups"),
        "authorize_url": stack.text("hub_login_authorize_url"),
        "token_url": stack.text("hub_login_token_url"),
        "userdata_url": stack.text("hub_login_userdata_url"),
        "username_claim": stack.text("hub_login_username_claim"),
        "groups_claim": stack.text("hub_login_groups_claim"),
        "scopes": stack.texts("hub_login_scopes"),
    }
