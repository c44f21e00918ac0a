"""What the local AWS does not serve is NotImplemented in the protocol of the request, whatever the service and its path."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import botocore.loaders
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from hubctl.trial.aws.answers import REST_XML
from hubctl.trial.aws.server import LocalAws

REQUESTS = [
    # One of each protocol, and a service that moto does not know.
    ("cloudwatch", "put_composite_alarm", {"AlarmName": "a", "AlarmRule": "ALARM(b)"}),
    ("ec2", "reset_image_attribute", {"ImageId": "ami-12345678", "Attribute": "launchPermission"}),
    ("backup", "list_backup_plan_versions", {"BackupPlanId": "none"}),
    ("dlm", "get_lifecycle_policies", {}),
    # Paths that moto has no route for, of REST services in JSON and in XML.
    ("backup", "list_backup_jobs", {}),
    ("backup", "list_copy_jobs", {}),
    ("backup", "list_frameworks", {}),
    ("backup", "list_restore_jobs", {}),
    ("backup", "get_supported_resource_types", {}),
    ("efs", "describe_replication_configurations", {}),
    ("route53", "list_traffic_policies", {}),
    ("route53", "get_checker_ip_ranges", {}),
    # Services that moto does not know, in JSON, in a form, in XML over REST, and in CBOR.
    ("devicefarm", "list_projects", {}),
    ("cloudsearch", "describe_domains", {}),
    ("chime-sdk-meetings", "get_meeting", {"MeetingId": "m"}),
    ("compute-optimizer-automation", "list_accounts", {}),
]
# Services of the stacks and of the cookbooks, by protocol: json, query, ec2's, REST in JSON and in XML. ec2 and iam are left to
# REQUESTS: they have many hundred operations, all of one path.
ASKED = (
    *("acm", "autoscaling", "backup", "cloudwatch", "efs", "elbv2", "events", "kms", "logs", "route53", "s3"),
    *("service-quotas", "servicediscovery", "sns", "ssm", "sts"),
)


def client_of(aws: LocalAws, service: str) -> Any:
    config = Config(
        proxies={},
        retries={"total_max_attempts": 1},
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
        read_timeout=60,
    )
    return botocore.session.get_session().create_client(
        service,
        region_name="us-east-1",
        endpoint_url=aws.endpoint_url,
        aws_access_key_id="none",
        aws_secret_access_key="none",
        config=config,
    )


@pytest.mark.parametrize(("service", "operation", "request_"), REQUESTS)
def test_says_at_once_that_it_does_not_serve_this(
    aws: LocalAws, service: str, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client_of(aws, service), operation)(**request_)
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert response["ResponseMetadata"]["RetryAttempts"] == 0
    assert response["Error"]["Code"] == "NotImplemented"
    assert "does not serve" in response["Error"]["Message"]


_SAMPLES: dict[str, Callable[[Any], Any]] = {
    "string": lambda shape: shape.enum[0] if shape.enum else "x" * max(3, int(shape.metadata.get("min", 1))),
    "integer": lambda shape: int(shape.metadata.get("min", 1) or 1),
    "long": lambda shape: int(shape.metadata.get("min", 1) or 1),
    "float": lambda _: 1.0,
    "double": lambda _: 1.0,
    "boolean": lambda _: True,
    "timestamp": lambda _: datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    "blob": lambda _: b"x",
}


def sample(shape: Any, depth: int = 0) -> Any:
    """Return the smallest value that the SDK sends for a shape of a service's model."""
    if shape.type_name == "structure":
        names = [] if depth > 6 else list(shape.required_members)
        if getattr(shape, "is_tagged_union", False):
            names = list(shape.members)[:1]
        return {name: sample(shape.members[name], depth + 1) for name in names}
    if shape.type_name == "list":
        return [sample(shape.member, depth + 1)] * max(1, int(shape.metadata.get("min", 1)))
    if shape.type_name == "map":
        return {"x": sample(shape.value, depth + 1)}
    return _SAMPLES[shape.type_name](shape)


@pytest.fixture(scope="module")
def own_aws() -> Iterator[LocalAws]:
    """A separate local AWS, since every operation is called in it."""
    with LocalAws() as running:
        yield running


@pytest.mark.parametrize("service", ASKED)
def test_every_operation_of_the_sdk_gets_an_answer_in_its_protocol(own_aws: LocalAws, service: str) -> None:
    """Each is served, or refused by a rule of the service, or NotImplemented; none is a page in HTML."""
    client = client_of(own_aws, service)
    bodies: list[bytes] = []

    def look(response_dict: dict[str, Any], **_: Any) -> None:
        bodies.append(bytes(response_dict.get("body") or b""))

    client.meta.events.register("before-parse", look)
    model = client.meta.service_model
    unserved = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        if operation.has_event_stream_input or operation.has_event_stream_output:
            continue
        try:
            client._make_api_call(name, sample(operation.input_shape) if operation.input_shape else {})
        except ClientError as refused:
            error, status = refused.response["Error"], refused.response["ResponseMetadata"]["HTTPStatusCode"]
            assert error["Code"], name
            if error["Code"] == "NotImplemented":
                assert (status, "does not serve" in error["Message"]) == (400, True), name
                unserved.append(name)
        assert b"<!doctype html" not in bodies[-1].lower(), name
    assert bodies
    assert len(unserved) < len(model.operation_names)


def test_names_of_services_in_xml_over_rest_are_those_of_the_sdk() -> None:
    """Requests are distinguished by the name in their signature, so no service in JSON may have one of these."""
    loader = botocore.loaders.Loader()
    known = {"rest-xml": set(), "rest-json": set()}  # type: dict[str, set[str]]
    for service in (
        *REST_XML,
        "backup",
        "efs",
        "apigateway",
        "lambda",
        "s3tables",
        "s3vectors",
        "s3outposts",
    ):
        try:
            metadata = loader.load_service_model(service, "service-2")["metadata"]
        except botocore.loaders.UnknownServiceError:
            continue  # the name in signatures of a service that has another one
        if metadata["protocol"] in known:
            known[metadata["protocol"]].add(metadata.get("signingName") or metadata["endpointPrefix"])
    assert {"s3", "route53", "cloudfront"} <= known["rest-xml"]
    assert known["rest-xml"] <= REST_XML
    assert not known["rest-json"] & REST_XML - {"s3-outposts"}


@pytest.fixture
def bucket(aws: LocalAws) -> Iterator[Any]:
    s3 = client_of(aws, "s3")
    s3.create_bucket(Bucket="parts")
    s3.put_object(Bucket="parts", Key="file", Body=b"content")
    yield s3
    s3.delete_object(Bucket="parts", Key="file")
    s3.delete_bucket(Bucket="parts")


def test_a_request_about_a_part_of_a_bucket_is_none_about_the_bucket(bucket: Any) -> None:
    """moto deletes the bucket, and the object, when it is to delete a part that it does not know."""
    for call, given in (
        (bucket.delete_bucket_analytics_configuration, {"Id": "a"}),
        (bucket.delete_bucket_metrics_configuration, {"Id": "a"}),
        (bucket.delete_bucket_intelligent_tiering_configuration, {"Id": "a"}),
        (bucket.list_bucket_metrics_configurations, {}),
        (bucket.get_object_torrent, {"Key": "file"}),
    ):
        with pytest.raises(ClientError, match="NotImplemented"):
            call(Bucket="parts", **given)
    assert bucket.get_object(Bucket="parts", Key="file")["Body"].read() == b"content"
