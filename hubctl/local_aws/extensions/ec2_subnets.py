"""EC2 subnets: the state of an IPv6 block is a word; moto nests it, and the provider waits minutes for it."""

from typing import Any

from moto.ec2.models.subnets import Subnet

from hubctl.local_aws.extensions.patching import replace_property


@replace_property(Subnet)
def ipv6_cidr_block_association_set(self: Subnet) -> list[dict[str, Any]]:
    """Return the associated IPv6 blocks as DescribeSubnets shows them."""
    return [
        {
            "Ipv6CidrBlock": association["ipv6CidrBlock"],
            "AssociationId": association["associationId"],
            "Ipv6CidrBlockState": association["ipv6CidrBlockState"],
        }
        for association in self.ipv6_cidr_block_associations.values()
        if association["ipv6CidrBlockState"]["State"] == "associated"
    ]
