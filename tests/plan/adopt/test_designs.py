"""Designs of other authors, taken over as an operator would: nobody notices, and nothing in the account is another.

Each is really applied to a local AWS, adopted by following what is printed, applied by us, and looked at again.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from tests.plan.adopt.conftest import FIXTURES
from tests.plan.adopt.taking_over import Operator
from tests.support.account_snapshot import differences

pytestmark = [pytest.mark.terraform, pytest.mark.apply]
DESIGNS = FIXTURES / "designs"
DOMAIN = "lab.example.test"
# What each is asked, beside what the command proposes, and the resources that make it another author's design
STACKS: dict[str, tuple[str, list[str], set[str]]] = {
    # A login and a firewall at the balancer, NAT, private subnets, a certificate for a domain and its wildcard
    "cognito": ("aws-lab", [], {"aws_cognito_user_pool.pool", "aws_nat_gateway.this"}),
    # for_each over the nodes, other names throughout, a data volume, schedules, KMS
    "hub2": ("chef-hub", ["--var", f"target_domain={DOMAIN}"], set()),
}


@pytest.fixture
def own_aws() -> Iterator[LocalAws]:
    """A local AWS of the test alone: what is compared is the whole account."""
    with LocalAws(region="us-east-1") as running:
        seed_account(running, AccountSeed(domain=DOMAIN))
        yield running


@pytest.mark.parametrize("design", STACKS)
def test_nobody_notices(
    own_aws: LocalAws,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    tmp_path: Path,
    design: str,
) -> None:
    stack, options, foreign = STACKS[design]
    operator = Operator(
        aws=own_aws,
        project=project,
        stack=stack,
        adoption=adoption_folder,
        synthesize=run_main,
        secrets={"deployer_ip": "203.0.113.77/32"} if stack == "chef-hub" else {},
    )
    taken = operator.take_over(DESIGNS / design, tmp_path, *options)
    assert taken.outcome["proven"]
    assert {action for action, _ in taken.planned} <= {"forget"}
    assert taken.second_is_empty
    assert differences(taken.before, taken.after) == []
    there = taken.outcome["only_there"]
    assert {there.get(address) for address in foreign} <= {"carried on as it is"}
    assert "would be destroyed" not in there.values()
    certain = {match["ours"] for match in taken.outcome["matches"] if match["certainty"] == "certain"}
    assert len(certain) >= 25
    written = json.loads((project / adoption_folder / f"{stack}.json").read_text())
    assert "203.0.113.77" not in json.dumps(written)
