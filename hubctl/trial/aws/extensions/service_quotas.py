"""Service Quotas: the published defaults of the services that the stacks use, and increases, which are granted at once.

moto knows those of ``vpc``, which stay. Unlike AWS, a request may also lower a quota: so a trial can see what happens in a new
account.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from hubctl.trial.aws.extensions.patching import add, wrap

DEFAULT_QUOTAS_FILE = Path(__file__).resolve().parent / "default_quotas.json"


@cache
def _defaults() -> dict[str, dict[str, tuple[str, float]]]:
    quotas: dict[str, dict[str, tuple[str, float]]] = json.loads(
        DEFAULT_QUOTAS_FILE.read_text(encoding="utf-8")
    )["quotas"]
    return quotas


def _applied(backend: ServiceQuotasBackend) -> dict[tuple[str, str], float]:
    applied: dict[tuple[str, str], float] = backend.__dict__.setdefault("_applied_quotas", {})
    return applied


@wrap(ServiceQuotasBackend)
def list_aws_default_service_quotas(
    original: Any, self: ServiceQuotasBackend, service_code: str
) -> list[dict[str, Any]]:
    """Return the default quotas of a service."""
    if service_code not in _defaults():
        known: list[dict[str, Any]] = original(self, service_code)
        return known
    return [
        {
            "ServiceCode": service_code,
            "ServiceName": service_code,
            "QuotaArn": f"arn:aws:servicequotas:{self.region_name}::{service_code}/{code}",
            "QuotaCode": code,
            "QuotaName": name,
            "Value": float(value),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
        for code, (name, value) in _defaults()[service_code].items()
    ]


@add(ServiceQuotasBackend)
def list_service_quotas(self: ServiceQuotasBackend, service_code: str) -> list[dict[str, Any]]:
    """Return the quotas of a service as they apply to the account."""
    return [
        {**quota, "Value": _applied(self).get((service_code, quota["QuotaCode"]), quota["Value"])}
        for quota in self.list_aws_default_service_quotas(service_code)
    ]


@wrap(ServiceQuotasBackend)
def get_service_quota(
    _original: Any, self: ServiceQuotasBackend, service_code: str, quota_code: str
) -> dict[str, Any]:
    """Return a quota as it applies to the account."""
    return _one(self.list_service_quotas(service_code), quota_code)  # type: ignore[attr-defined]


def _one(quotas: list[dict[str, Any]], code: str) -> dict[str, Any]:
    for quota in quotas:
        if quota["QuotaCode"] == code:
            return quota
    raise NoSuchResource


def _asked(response: ServiceQuotasResponse) -> tuple[str, str, dict[str, Any]]:
    request = json.loads(response.body)
    return str(request.get("ServiceCode")), str(request.get("QuotaCode")), request


@add(ServiceQuotasResponse, "list_service_quotas")
def _list_service_quotas(self: ServiceQuotasResponse) -> str:
    service, _, _ = _asked(self)
    return json.dumps({"Quotas": self.backend.list_service_quotas(service)})  # type: ignore[attr-defined]


@add(ServiceQuotasResponse)
def get_aws_default_service_quota(self: ServiceQuotasResponse) -> str:
    """Answer GetAWSDefaultServiceQuota."""
    service, code, _ = _asked(self)
    return json.dumps({"Quota": _one(self.backend.list_aws_default_service_quotas(service), code)})


@add(ServiceQuotasResponse)
def request_service_quota_increase(self: ServiceQuotasResponse) -> str:
    """Answer RequestServiceQuotaIncrease: it is approved, and applies from now on."""
    service, code, request = _asked(self)
    quota = _one(self.backend.list_aws_default_service_quotas(service), code)
    _applied(self.backend)[service, code] = float(request["DesiredValue"])
    answer = {
        "Id": f"{service}-{code}",
        "ServiceCode": service,
        "QuotaCode": code,
        "QuotaName": quota["QuotaName"],
        "DesiredValue": float(request["DesiredValue"]),
        "Status": "APPROVED",
    }
    return json.dumps({"RequestedQuota": answer})
