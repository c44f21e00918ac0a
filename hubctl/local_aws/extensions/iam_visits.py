"""A request makes no IAM of accounts and partitions that nobody has asked for.

moto asks at each request whose access key signed it. For that it makes the IAM of six partitions, each with AWS's 1,600 managed
policies, which takes longer than all else until the first answer. An IAM that is not there yet knows no key.
"""

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam import models
from moto.utilities.utils import get_partition

from hubctl.local_aws.extensions.patching import wrap


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
