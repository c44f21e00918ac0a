from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.local_aws.server import LocalAws

REQUESTS = [
    # One of each protocol, and a service that moto does not know.
    ("cloudwatch", "put_composite_alarm", {"AlarmName": "a", "AlarmRule": "ALARM(b)"}),
    ("ec2", "reset_image_attribute", {"ImageId": "ami-12345678", "Attribute": "launchPermission"}),
    ("backup", "list_backup_plan_versions", {"BackupPlanId": "none"}),
    ("dlm", "get_lifecycle_policies", {}),
]


@pytest.mark.parametrize(("service", "operation", "request_"), REQUESTS)
def test_says_at_once_that_it_does_not_serve_this(
    aws: LocalAws, service: str, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(aws.client(service), operation)(**request_)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert response["Error"]["Code"] == "NotImplemented"
    assert "does not serve" in response["Error"]["Message"]
