"""Refuses plans that would delete what cannot be had again: users' homes and the backups of them."""

from hub_constructs.stack import HubStack

KEPT_TYPES = ("aws_efs_file_system", "aws_backup_vault")


def keep_data(stack: HubStack) -> None:
    """Let Terraform refuse, while it plans, to delete or replace any file system or vault of backups in ``stack``."""
    for address, resource in stack.address_book.resources.items():
        if address.startswith(tuple(f"{kind}." for kind in KEPT_TYPES)):
            resource.add_override("lifecycle.prevent_destroy", True)
