import pytest

from hubctl.core.errors import BadInputError
from hubctl.trial.aws.server import check


@pytest.mark.parametrize("speed", [None, 1.0, 600.0])
def test_good_arguments_pass(speed: float | None) -> None:
    check(0, "us-east-1", speed)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(BadInputError) as refused:
        check(70000, "us-nowhere-1", 0.5)
    for text in ("70000", "us-nowhere-1", "0.5 is not between 1 and 600"):
        assert text in refused.value.message
