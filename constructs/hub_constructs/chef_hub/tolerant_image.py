"""Looks up the newest AMI of a name, and does not fail the plan when there is none.

Instances that exist keep their image; a look-up for them must not stand in the way because the image is gone
or belongs to someone else. Creating an instance without an image fails, and the id says why.
"""

from cdktf_cdktf_provider_aws.data_aws_ami_ids import DataAwsAmiIds, DataAwsAmiIdsFilter
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.machine_image import MachineImageProps


class TolerantImage(Construct):
    """The newest image of a name, or an id that no image has."""

    def __init__(self, scope: Construct, id_: str, props: MachineImageProps) -> None:
        super().__init__(scope, id_)
        self.lookup = at(
            DataAwsAmiIds(
                self,
                "lookup",
                owners=[props.owner],
                filter=[DataAwsAmiIdsFilter(name="name", values=[props.name])],
            ),
            props.address,
        )
        self.id_token = f'${{try({self.lookup.fqn}.ids[0], "no-image-was-found-for-{props.address}")}}'
