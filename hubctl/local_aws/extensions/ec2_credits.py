"""EC2 burstable instances: CPU credits can be chosen and changed; moto knows ``standard`` only."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.responses.instances import InstanceResponse

from hubctl.local_aws.extensions.patching import add, wrap

DEFAULT = "standard"


@wrap(InstanceResponse)
def run_instances(original: Any, self: InstanceResponse) -> ActionResult:
    """Answer RunInstances and keep the credit specification."""
    answer: ActionResult = original(self)
    credits_chosen = self._get_param("CreditSpecification.CpuCredits")
    reservation: Any = answer.result
    for instance in reservation.instances if credits_chosen else []:
        instance._cpu_credits = credits_chosen
    return answer


@wrap(InstanceResponse)
def describe_instance_credit_specifications(_original: Any, self: InstanceResponse) -> ActionResult:
    """Answer DescribeInstanceCreditSpecifications."""
    instances = self.ec2_backend.get_multi_instances_by_id(self._get_param("InstanceIds", []))
    described = [
        {"InstanceId": instance.id, "CpuCredits": getattr(instance, "_cpu_credits", DEFAULT)}
        for instance in instances
    ]
    return ActionResult({"InstanceCreditSpecifications": described})


@add(InstanceResponse)
def modify_instance_credit_specification(self: InstanceResponse) -> ActionResult:
    """Answer ModifyInstanceCreditSpecification."""
    self.error_on_dryrun()
    changed = []
    for wanted in self._get_param("InstanceCreditSpecifications", []):
        instance: Any = self.ec2_backend.get_instance(wanted["InstanceId"])
        instance._cpu_credits = wanted["CpuCredits"]
        changed.append({"InstanceId": instance.id})
    return ActionResult(
        {
            "SuccessfulInstanceCreditSpecifications": changed,
            "UnsuccessfulInstanceCreditSpecifications": [],
        }
    )
