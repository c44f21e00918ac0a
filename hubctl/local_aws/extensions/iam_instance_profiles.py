"""IAM: a role that an instance profile does not have cannot be removed from it.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html: the error is NoSuchEntity. moto
fails with an internal error, which AWS's libraries take for one that passes: they try again for ten minutes.
"""

from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend

from hubctl.local_aws.extensions.patching import wrap


@wrap(IAMBackend)
def remove_role_from_instance_profile(
    original: Any, self: IAMBackend, profile_name: str, role_name: str
) -> None:
    """Remove the role, or raise NoSuchEntity."""
    roles = [role.name for role in self.get_instance_profile(profile_name).roles]
    if role_name not in roles:
        raise NotFoundException(f"The instance profile {profile_name} does not have the role {role_name}.")
    original(self, profile_name, role_name)
