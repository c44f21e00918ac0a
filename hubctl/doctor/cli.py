"""``hubctl doctor``: tells whether an account is ready for a stack."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from hubctl.core.configuration.given_variables import OrderedCommand
from hubctl.core.configuration.synthesized import load_stacks, stack_options
from hubctl.core.console import err, out
from hubctl.core.project_folders import ROOT

CHECK_NAMES = (
    "variables",
    "credentials",
    "region",
    "zones",
    "instance-types",
    "images",
    "notebook-image",
    "key-pair",
    "hosted-zone",
    "delegation",
    "bucket",
    "vcpus",
    "limits",
    "permissions",
    "service-roles",
    "backend",
    "protection",
)
_EPILOG = """Without an account, against the AWS of this machine:

\b
  .venv/bin/hubctl local-aws -- hubctl doctor           (green)
  .venv/bin/hubctl local-aws --quota ec2/L-1216C47A=5 -- hubctl doctor
  .venv/bin/hubctl local-aws --without-zone us-east-1f -- \\
      hubctl doctor --stack chef-hub

docs/how-to/check-before-deploying.md has more."""


@click.command("doctor", cls=OrderedCommand, epilog=_EPILOG)
@stack_options
@click.option("--region", help="Region that you mean; by default that of your AWS settings.")
@click.option(
    "--endpoint", metavar="URL", help="AWS at another address (like AWS_ENDPOINT_URL), such as a local one."
)
@click.option("--dns/--no-dns", default=True, help="Ask name servers for the domain's delegation.")
@click.option("--nameserver", metavar="ADDRESS[:PORT]", help="Name server to ask; by default the system's.")
@click.option(
    "--oldest-image",
    type=click.IntRange(min=1),
    default=90,
    show_default=True,
    metavar="DAYS",
    help="Age from which an image draws a warning.",
)
@click.option(
    "--check",
    "only",
    multiple=True,
    type=click.Choice(CHECK_NAMES),
    metavar="NAME",
    help=f"This check only; may be given several times: {', '.join(CHECK_NAMES)}.",
)
@click.option("--json", "as_json_wanted", is_flag=True, help="Print JSON instead (docs/reference/doctor.md).")
def command(
    stacks: tuple[str, ...],
    variables: tuple[str, ...],
    files: tuple[Path, ...],
    folder: Path | None,
    region: str | None,
    endpoint: str | None,
    dns: bool,
    nameserver: str | None,
    oldest_image: int,
    only: tuple[str, ...],
    as_json_wanted: bool,
) -> None:
    """Check the AWS account before a deploy: credentials, zones, images, DNS, quotas and more.

    Only reads. AWS is reached as by the AWS command line: AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL. The Terraform variables are
    taken from where Terraform takes them (TF_VAR_…, terraform.tfvars) and from --var. Exit status 0 when a deploy would work
    (warnings included), 1 when something has to be set right, 2 for bad use.
    """
    from hubctl.doctor.account import AwsAccount
    from hubctl.doctor.examination import Examination, Options
    from hubctl.doctor.name_servers import server_address
    from hubctl.doctor.report import as_json, print_report
    from hubctl.doctor.run import CHECKS, examine

    if nameserver is not None:
        server_address(nameserver)
    account = AwsAccount(endpoint=endpoint)
    options = Options(region=region, dns=dns, nameserver=nameserver, oldest_image_days=oldest_image)
    loaded = load_stacks(ROOT, stacks, folder=folder, variables=variables, files=files)
    checks = [check for check in CHECKS if not only or check.name in only]
    diagnoses = []
    with err.status("looking") as status:
        for stack in loaded:
            beside = tuple(other for other in loaded if other is not stack)
            examination = Examination(stack, account, options, datetime.now(UTC), beside)

            def say(name: str, stack: str = stack.name) -> None:
                status.update(f"{stack}: {name}")

            diagnoses.append(examine(examination, checks=checks, say=say))
    if as_json_wanted:
        out.paste(json.dumps(as_json(diagnoses), indent=2))
    else:
        print_report(diagnoses, out)
    if any(diagnosis.status == "error" for diagnosis in diagnoses):
        raise click.exceptions.Exit(1)
