"""SSM in memory, with the parameters of a Lab's login."""

from typing import Any

from botocore.exceptions import EndpointConnectionError

LOGIN = "/jupyterhub/aws-lab/hub/login"


class Ssm:
    """Parameters; ``failures`` answers fail first."""

    def __init__(self, failures: int = 0, **values: str) -> None:
        self.values = {f"{LOGIN}/{name.replace('_', '-')}": value for name, value in values.items()}
        self.failures = failures

    def get_parameters(self, Names: list[str], WithDecryption: bool) -> dict[str, Any]:  # noqa: N803 - AWS's names
        assert WithDecryption
        if self.failures:
            self.failures -= 1
            raise EndpointConnectionError(endpoint_url="https://ssm.example")
        found = [{"Name": name, "Value": self.values[name]} for name in Names if name in self.values]
        return {"Parameters": found}
