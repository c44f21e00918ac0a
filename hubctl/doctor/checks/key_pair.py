"""The EC2 key pairs that the stack names exist."""

from collections.abc import Iterator

from hubctl.doctor.examination import Check, Examination
from hubctl.doctor.findings import Finding, error, ok, some


def _run(examination: Examination) -> Iterator[Finding]:
    named = sorted({launch.key_name for launch in examination.stack.launches if launch.key_name})
    if not named:
        yield ok("key pair", "none is asked for: Session Manager opens shells")
        return
    there = {pair["KeyName"] for pair in examination.client("ec2").describe_key_pairs()["KeyPairs"]}
    for name in named:
        if name in there:
            yield ok(name, "the key pair exists")
        else:
            yield error(
                name,
                f"there is no key pair {name} in {examination.region}; there is {some(there)}",
                f"Set key_name to one that is there, or `aws ec2 import-key-pair --key-name {name} …`.",
            )


CHECK = Check(
    name="key-pair",
    about="the EC2 key pair exists in the region, where one is named",
    run=_run,
    actions=("ec2:DescribeKeyPairs",),
)
