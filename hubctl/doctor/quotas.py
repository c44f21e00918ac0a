"""The account's service quotas: as they apply, or the published default where AWS tells no other."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hubctl.cookbooks.aws_errors import error_code

UNKNOWN = {"NoSuchResourceException", "NotImplemented"}
CONSOLE = "Service Quotas"


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota's name and value."""

    name: str
    value: float


def quota(client: Any, service: str, code: str) -> Quota | None:
    """Return a quota, asked of a ``service-quotas`` client; None when AWS does not know it in this region."""
    for ask in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            found = ask(ServiceCode=service, QuotaCode=code)["Quota"]
        except ClientError as error:
            if error_code(error) not in UNKNOWN:
                raise
        else:
            return Quota(name=str(found["QuotaName"]), value=float(found["Value"]))
    return None


def increase(service: str, code: str, value: float, region: str | None) -> str:
    """Return the sentence that says how to ask for a higher quota."""
    return (
        f"Ask for {value:g}: `aws service-quotas request-service-quota-increase --service-code {service} "
        f"--quota-code {code} --desired-value {value:g} --region {region}`."
    )
