"""What ``hubctl adopt --var`` and ``--settings`` say, with the types of the settings."""

import pytest

from hubctl.adopt.given_settings import GivenSettings
from hubctl.core.errors import BadInputError

pytestmark = pytest.mark.terraform


def test_case_07_variables_are_read_by_terraform_and_settings_as_json() -> None:
    told = GivenSettings(
        "aws-lab",
        {
            "availability_zones": '["us-east-1a","us-east-1b",]',
            "max_size": "8.0",
            "zone_count": "2",
            "domain_name": "lab.example.org",
        },
    )
    assert told.public == {
        "availability_zones": ["us-east-1a", "us-east-1b"],
        "max_size": 8,
        "zone_count": 2,
        "domain_name": "lab.example.org",
    }
    assert isinstance(told.public["max_size"], int)


@pytest.mark.parametrize("deep", ["[" * 100_000, "{"])
def test_all_mistakes_are_told_at_once(deep: str) -> None:
    wrong = {
        "max_size": "many",
        "min_size": "2.0",
        "availability_zones": "[a",
        "zone_count": deep,
        "domain_name": "x",
    }
    with pytest.raises(BadInputError) as refused:
        GivenSettings("aws-lab", wrong)
    for text in ("max_size = 'many'", "availability_zones = '[a'", "domain_name = 'x'", "zone_count = "):
        assert text in refused.value.message
    assert "min_size" not in refused.value.message.partition("Use 1 to 100")[0]


def test_sensitive_texts_are_apart() -> None:
    told = GivenSettings("chef-hub", {"deployer_ip": "203.0.113.9/32", "target_domain": "lab.example.org"})
    assert told.secrets == {"deployer_ip": "203.0.113.9/32"}
    assert told.public == {"target_domain": "lab.example.org"}
