"""There are credentials, and they belong to the account that is meant."""

from collections.abc import Iterator

from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from hub_constructs.aws_limits import regions
from hubctl.cookbooks.aws_errors import error_code
from hubctl.doctor.checks.region import VARIABLE
from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import LOGIN, Finding, error, ok

_NETWORK = "Check the network, and the proxy (HTTPS_PROXY) if there is one."


def _run(examination: Examination) -> Iterator[Finding]:
    try:
        caller = examination.client("sts").get_caller_identity()
    except ClientError as refused:
        yield error("credentials", f"AWS refuses the credentials: {error_code(refused)}", LOGIN)
        return
    except BotoCoreError as problem:
        yield _silent(problem, examination)
        return
    account, meant = caller["Account"], examination.stack.values.get("aws_account_id")
    if meant and meant != account:
        yield error(
            "account",
            f"the credentials are those of account {account}, aws_account_id is {meant}",
            "Use credentials of that account, or correct aws_account_id.",
        )
        return
    where = f", served at {examination.account.endpoint}" if examination.account.endpoint else ""
    yield ok("credentials", f"account {account} as {caller['Arn']}{where}")


def _silent(problem: BotoCoreError, examination: Examination) -> Finding:
    if isinstance(problem, NoCredentialsError | PartialCredentialsError):
        return error("credentials", f"there are no AWS credentials: {problem}", LOGIN)
    region = examination.region
    if not examination.account.endpoint and region and regions.partition(region) is None:
        # Nobody answers at the address that is made of such a name.
        variable = VARIABLE[examination.stack.name]
        return error("region", regions.explained_region(region), f"Correct TF_VAR_{variable}, or AWS_REGION.")
    where = examination.account.endpoint or "AWS"
    remedy = LOGIN
    if isinstance(problem, exceptions.ConnectionError | HTTPClientError):
        served = examination.account.endpoint
        remedy = f"See whether AWS is served at {served}, or unset AWS_ENDPOINT_URL." if served else _NETWORK
    return error("credentials", f"{where} cannot be asked who you are: {problem}", remedy)


CHECK = Check(
    name="credentials",
    about="there are AWS credentials, of the account in `aws_account_id` where one is named",
    run=_run,
    actions=("sts:GetCallerIdentity",),
    decisive=True,
)
