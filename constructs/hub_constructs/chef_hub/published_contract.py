"""The contract as a parameter: how changed settings reach nodes that run already, whose user data stays as it is."""

from cdktf import Fn, Op, Precondition, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.chef_hub.node_contract import CONTRACT_PARAMETER
from hub_constructs.chef_hub.node_kinds import PARAMETER_PREFIX

# https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
LIMIT_CHARACTERS = 8192


class PublishedContract(Construct):
    """One plain parameter, as the contract holds no secret. SSM makes it an advanced one only above 4 KB."""

    def __init__(self, scope: Construct, id_: str, contract: str) -> None:
        super().__init__(scope, id_)
        self.parameter = at(
            SsmParameter(
                self,
                "parameter",
                name=f"{PARAMETER_PREFIX}/{CONTRACT_PARAMETER}",
                description="what every node of the hub is told; nodes read it before each converge",
                type="String",
                tier="Intelligent-Tiering",
                value=contract,
                lifecycle=TerraformResourceLifecycle(
                    precondition=[
                        Precondition(
                            condition=Op.lte(Fn.length_of(contract), LIMIT_CHARACTERS),
                            error_message=(
                                f"The settings of the hub take more than the {LIMIT_CHARACTERS} characters of an"
                                " SSM parameter: let groups in (hub_login_allowed_groups) instead of users one by one."
                            ),
                        )
                    ]
                ),
            ),
            "node_contract",
        )
