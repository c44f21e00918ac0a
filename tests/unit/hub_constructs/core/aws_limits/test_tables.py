"""All tables of AWS's limits: what they accept, what they refuse and with which words, and where AWS documents it."""

import subprocess
import sys

import pytest

from hub_constructs.core.aws_limits import resource_names
from tests.support.limit_cases import BAD, GOOD, MARKS
from tests.support.waiting import PATIENCE


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_what_aws_accepts_is_accepted(kind: str, text: str) -> None:
    """Among them case 09, a punycode top-level domain, and case 10, the region of the European Sovereign Cloud."""
    assert MARKS[kind].problem(text) is None


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [(kind, text, problem) for kind, texts in BAD.items() for text, problem in texts.items()],
)
def test_what_aws_refuses_is_refused_and_explained(kind: str, text: str, problem: str) -> None:
    """Among them case 11, a domain over 64 octets, case 14, a region as a zone, and case 15, a name with internal-."""
    assert problem in str(MARKS[kind].problem(text))


def test_every_limit_names_aws_documentation() -> None:
    sources = [limit.source for limit in resource_names.LIMITS.values()]
    sources += [rule.source for mark in MARKS.values() for rule in mark.rules]
    assert not [source for source in sources if not source.startswith("https://docs.aws.amazon.com/")]


def test_the_tables_need_neither_cdktf_nor_botocore() -> None:
    code = "import sys, stacks.settings.loading; print([name for name in ('cdktf', 'botocore', 'boto3') if name in sys.modules])"
    finished = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert finished.stdout.strip() == "[]"
