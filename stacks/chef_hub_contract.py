"""What the operator decides about the hub: from Terraform variables to the nodes' contract.

The variable of a setting has its key in the contract's schema as its name, after ``hub_``, ``hub_login_`` or
``hub_tls_``.
"""

from hub_constructs.chef_hub.node_contract import HubSettings, LoginSettings, TlsSettings
from hub_constructs.stack import HubStack
from stacks.hub_login import login_references


def tls_settings(stack: HubStack) -> TlsSettings:
    """Return references to the variables ``hub_tls_*``."""
    return TlsSettings(
        source=stack.text("hub_tls_source"),
        acme_contact=stack.text("hub_tls_acme_contact"),
        acme_directory=stack.text("hub_tls_acme_directory"),
        certificate_file=stack.text("hub_tls_certificate_file"),
        key_file=stack.text("hub_tls_key_file"),
    )


def hub_settings(stack: HubStack) -> HubSettings:
    """Return references to the variables ``hub_*``, those of the login among them."""
    return HubSettings(
        max_users=stack.number("hub_max_users"),
        max_cluster_memory_gib=stack.number("hub_max_cluster_memory_gib"),
        max_disk_percent=stack.number("hub_max_disk_percent"),
        hub_image=stack.text("hub_image"),
        notebook_image=stack.text("hub_notebook_image"),
        user_memory_gib=stack.number("hub_user_memory_gib"),
        user_cpus=stack.number("hub_user_cpus"),
        user_disk_gib=stack.number("hub_user_disk_gib"),
        idle_timeout_minutes=stack.number("hub_idle_timeout_minutes"),
        start_timeout_seconds=stack.number("hub_start_timeout_seconds"),
        growth_timeout_seconds=stack.number("hub_growth_timeout_seconds"),
        user_domains=stack.text("hub_user_domains"),
        login=LoginSettings(**login_references(stack)),
    )
