"""Look up the newest AMI of a name; the tolerant look-up does not fail the plan when no AMI has the name."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.data_aws_ami import DataAwsAmi, DataAwsAmiFilter
from cdktf_cdktf_provider_aws.data_aws_ami_ids import DataAwsAmiIds, DataAwsAmiIdsFilter
from constructs import Construct

from hub_constructs.core.addresses import at


@dataclass(frozen=True, kw_only=True)
class AmiLookupProps:
    """``name`` may hold ``*``; ``owner`` is ``self``, an alias or an account id."""

    address: str
    name: str
    owner: str


class AmiLookup(Construct):
    """The newest available x86_64 HVM image with an EBS root. A plan fails with its name when there is none."""

    def __init__(self, scope: Construct, id_: str, props: AmiLookupProps) -> None:
        super().__init__(scope, id_)
        filters = {
            "name": props.name,
            "state": "available",
            "architecture": "x86_64",
            "virtualization-type": "hvm",
            "root-device-type": "ebs",
        }
        self.lookup = at(
            DataAwsAmi(
                self,
                "lookup",
                most_recent=True,
                owners=[props.owner],
                filter=[DataAwsAmiFilter(name=name, values=[value]) for name, value in filters.items()],
            ),
            props.address,
        )

    @property
    def id_token(self) -> str:
        """A reference to the image's id."""
        return self.lookup.id


class TolerantAmiLookup(Construct):
    """The newest image of a name, or an id that no image has."""

    def __init__(self, scope: Construct, id_: str, props: AmiLookupProps) -> None:
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
