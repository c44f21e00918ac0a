"""IAM: roles are removed from instance profiles that have them only, and requests make no accounts.

A request makes no IAM of accounts and partitions that no other request has named.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html: the error is NoSuchEntity. moto
fails with an internal error, which AWS's libraries take for one that passes: they try again for ten minutes.
"""

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam import models
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend
from moto.utilities.utils import get_partition

from hubctl.trial.aws.extensions.patching import wrap


@wrap(IAMBackend)
def remove_role_from_instance_profile(
    original: Any, self: IAMBackend, profile_name: str, role_name: str
) -> None:
    """Remove the role, or raise NoSuchEntity."""
    roles = [role.name for role in self.get_instance_profile(profile_name).roles]
    if role_name not in roles:
        raise NotFoundException(f"The instance profile {profile_name} does not have the role {role_name}.")
    original(self, profile_name, role_name)


@wrap(models)
def get_account_id_from(_original: Any, access_key: str) -> str:
    """Return the account of an access key that some IAM knows; the default account otherwise."""
    for account_id, account in list(models.iam_backends.items()):
        if any(access_key in iam.access_keys for iam in list(account.values())):
            return str(account_id)
    return DEFAULT_ACCOUNT_ID


@wrap(models)
def mark_account_as_visited(
    original: Any, account_id: str, access_key: str, service: str, region: str
) -> None:
    """Note when an access key was used last."""
    # Its own ``in`` says yes to partitions that could be made.
    if get_partition(region) in list(models.iam_backends[account_id].keys()):
        original(account_id, access_key, service, region)
