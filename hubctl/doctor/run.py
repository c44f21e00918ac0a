"""All checks, in the order in which they run and are shown, and their run: an error in one does not stop the others."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)

from hubctl.core.aws import error_code
from hubctl.core.configuration.synthesized import MissingVariable, missing_variables
from hubctl.doctor.checks import (
    access,
    domain,
    images,
    placement,
    quotas,
    stack,
    storage,
)
from hubctl.doctor.examination import (
    LOGIN,
    DoctorCheck,
    Examination,
    Finding,
    Status,
    error,
    hindered,
    skipped,
    warning,
    worst,
)

CHECKS: tuple[DoctorCheck, ...] = (
    stack.VARIABLES_CHECK,
    access.CREDENTIALS_CHECK,
    access.REGION_CHECK,
    placement.ZONES_CHECK,
    placement.INSTANCE_TYPES_CHECK,
    images.IMAGES_CHECK,
    images.NOTEBOOK_IMAGE_CHECK,
    placement.KEY_PAIR_CHECK,
    domain.HOSTED_ZONE_CHECK,
    domain.DELEGATION_CHECK,
    storage.BUCKET_CHECK,
    quotas.VCPUS_CHECK,
    quotas.LIMITS_CHECK,
    access.PERMISSIONS_CHECK,
    stack.SERVICE_ROLES_CHECK,
    storage.BACKEND_CHECK,
    stack.PROTECTION_CHECK,
)


# Codes with which services say that they do not accept the credentials, or no longer
REFUSED = {
    "AuthFailure",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidToken",
    "RequestExpired",
    "SignatureDoesNotMatch",
}


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """What was found about a stack: pairs of a check's name and a finding, and the variables that have no value."""

    stack: str
    region: str | None
    findings: Sequence[tuple[str, Finding]]
    missing: Sequence[MissingVariable] = ()

    @property
    def status(self) -> Status:
        """The gravest status."""
        return worst(finding.status for _, finding in self.findings)


def examine(
    examination: Examination,
    *,
    checks: Sequence[DoctorCheck] = CHECKS,
    say: Callable[[str], None] = lambda _text: None,
) -> Diagnosis:
    """Run the checks; ``say`` gets the name of each as it begins."""
    findings: list[tuple[str, Finding]] = []
    hindrance: str | None = None  # the check whose finding stands in the way
    for check in checks:
        say(check.name)
        if hindrance is not None and not check.offline:
            findings.append((check.name, skipped(check.name, hindered(hindrance))))
            continue
        found = list(_guarded(check, examination))
        findings += [(check.name, finding) for finding in found]
        if check.decisive:
            hindrance = _hindrance(check, found, examination)
    stack = examination.stack
    return Diagnosis(
        stack=stack.name,
        region=examination.region,
        findings=tuple(findings),
        missing=missing_variables(stack.configuration.get("variable", {}), stack.given),
    )


def _hindrance(check: DoctorCheck, found: Sequence[Finding], examination: Examination) -> str | None:
    """Return the check because of which AWS cannot be asked further; a wrong region alone is not a reason."""
    if worst(finding.status for finding in found) != "error":
        return None
    if check.name == "region" and access.region_problem(examination) is None:
        return None
    return check.name


def _guarded(check: DoctorCheck, examination: Examination) -> Iterator[Finding]:
    try:
        examination.stack.launches  # noqa: B018 - what is wrong with the stack, before what is wrong with the account
    except (KeyError, TypeError, ValueError) as unreadable:
        if check.name not in ("variables", "credentials", "region", "backend", "protection"):
            yield skipped(
                check.name, f"what the stack launches cannot be read: {unreadable}", "See the variables."
            )
            return
    try:
        yield from list(check.run(examination))
    except ClientError as refused:
        code = error_code(refused)
        operation = refused.operation_name
        if code in ("AccessDenied", "UnauthorizedOperation"):
            yield warning(
                check.name,
                f"could not be looked at: you may not call {operation}",
                f"Allow {', '.join(check.actions)}.",
            )
        elif code == "NotImplemented":
            yield skipped(
                check.name, f"could not be looked at: {refused.response['Error'].get('Message', code)}"
            )
        else:
            message = refused.response.get("Error", {}).get("Message", "")
            remedy = LOGIN if code in REFUSED else "See the message of AWS."
            yield error(check.name, f"{operation} failed: {code}: {message}", remedy)
    except (
        NoCredentialsError,
        PartialCredentialsError,
        CredentialRetrievalError,
        TokenRetrievalError,
        SSOError,
    ) as unknown:
        yield error(check.name, f"there are no AWS credentials: {unknown}", LOGIN)
    except BotoCoreError as silent:
        yield error(check.name, f"AWS cannot be asked: {silent}", "Check the network and the AWS settings.")
