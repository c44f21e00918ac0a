"""The Chef Server's bootstrap, run on a separate host."""

import json
from collections.abc import Callable

import pytest

from tests.support.node_host.deployment import Deployment

Deploy = Callable[..., Deployment]


@pytest.mark.parametrize("distribution", ["cinc", "chef"])
def test_server_comes_up_and_a_second_run_changes_nothing(deploy: Deploy, distribution: str) -> None:
    deployment = deploy(chef_distribution=distribution)
    host = deployment.host("chef_server")

    first = host.boot()
    assert first.code == 0, first.output
    parameters = deployment.parameters()
    fact = json.loads(parameters["chef_server/fact"]["Value"])
    assert fact["ready"] is True
    assert fact["url"] == "https://ip-10-30-0-10.ec2.internal/organizations/chef-hub"
    for name in ("admin_password", "admin_key", "validator_key"):
        assert parameters[f"chef_server/{name}"]["Type"] == "SecureString"
    assert parameters["chef_server/certificate"]["Value"].startswith("-----BEGIN CERTIFICATE")
    assert deployment.status("chef_server")["state"] == "converged"
    bucket = deployment.contract["chef_hub"]["bootstrap_bucket"]
    object_ = deployment.aws.client("s3").get_object(Bucket=bucket, Key="chef_server/certificate.crt")
    assert object_["Body"].read().decode() == parameters["chef_server/certificate"]["Value"]
    service = deployment.contract["chef_hub"]["services"]["chef_server"]["id"]
    instances = deployment.aws.client("servicediscovery").list_instances(ServiceId=service)["Instances"]
    assert [instance["Attributes"]["AWS_INSTANCE_IPV4"] for instance in instances] == ["10.30.0.10"]
    assert f"{distribution}-server-ctl reconfigure" in host.commands()
    etc = {"chef": "opscode", "cinc": "cinc-project"}[distribution]
    assert "api_fqdn 'ip-10-30-0-10.ec2.internal'" in host.text(f"/etc/{etc}/{distribution}-server.rb")

    before = host.files()
    deployment.gate.requests.clear()
    second = host.boot()
    assert second.code == 0, second.output
    assert deployment.parameters() == parameters
    assert [request for request in deployment.gate.requests if request.changes_something] == []
    assert host.files() == before
    assert host.commands().count(f"{distribution}-server-ctl reconfigure") == 1


def test_secrets_stay_out_of_logs_command_lines_and_readable_files(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("chef_server")
    run = host.boot()
    assert run.code == 0, run.output

    values = deployment.parameters()
    secrets = [values["chef_server/admin_password"]["Value"]]
    for name in ("admin_key", "validator_key"):
        secrets += [line for line in values[f"chef_server/{name}"]["Value"].splitlines() if len(line) > 40]
    assert len(secrets) > 20
    assert host.text("recorded/secrets").strip() == secrets[0], "the Chef Server got another password"
    public = [run.output, host.text("recorded/commands"), host.text("recorded/command-lines")]
    public += [value["Value"] for value in values.values() if value["Type"] == "String"]
    for secret in secrets:
        assert not [text for text in public if secret in text]
        for path in host.files():
            file = host.root / path
            assert secret.encode() not in file.read_bytes(), f"{path} still holds a secret after publication"
    key_file = host.root / "etc/chef-hub/tls/ip-10-30-0-10.ec2.internal.key"
    assert key_file.stat().st_mode & 0o077 == 0


def test_keys_lost_before_their_publication_are_replaced(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("chef_server")
    deployment.gate.refuse = lambda request: (
        "AccessDeniedException" if "PutParameter" in request.operation and "_key" in request.body else None
    )
    host.variables = {"CHEF_HUB_RETRY_SECONDS": "8"}
    first = host.boot()
    assert first.code != 0
    assert 'FAILED in step "create the administrator"' in first.output
    assert "AccessDenied" in first.output
    assert deployment.status("chef_server")["state"] == "failed"
    assert deployment.status("chef_server")["step"] == "create the administrator"

    for left_over in (host.root / "etc/chef-hub/keys").iterdir():
        left_over.unlink()
    deployment.gate.refuse = lambda _: None
    second = host.boot()
    assert second.code == 0, second.output
    assert [line for line in host.commands() if "add-user-key chef-hub-admin" in line]
    assert "chef_server/admin_key" in deployment.parameters()


def test_validator_key_counts_only_once_the_server_has_it(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("chef_server")
    ctl = host.text("/recorders/cinc-server-ctl")
    refusing = ctl.replace("add-user-key | add-client-key) ;;", "add-client-key) exit 1 ;;")
    # It makes the organization, but the file of its key is lost.
    host.write("/recorders/cinc-server-ctl", refusing.replace("openssl genrsa", ": openssl genrsa"))
    first = host.boot()
    assert first.code != 0
    assert 'FAILED in step "create the organization"' in first.output
    assert "chef_server/validator_key" not in deployment.parameters()

    host.write("/recorders/cinc-server-ctl", ctl)
    second = host.boot()
    assert second.code == 0, second.output
    added = [line for line in host.commands() if "add-client-key chef-hub chef-hub-validator" in line]
    assert len(added) == 2, "the key of the failed run was published although the server never got it"
    assert "PRIVATE KEY" in deployment.parameters()["chef_server/validator_key"]["Value"]


def test_commands_that_say_nothing_are_enough_and_a_second_run_changes_nothing(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("chef_server")
    silent = host.text("/recorders/forget-chef-node")
    for name in ("cinc-server-ctl", "knife", "systemctl"):
        host.write(f"/recorders/{name}", silent)
    first = host.boot()
    assert first.code == 0, first.output
    parameters, before = deployment.parameters(), host.files()
    deployment.gate.requests.clear()
    second = host.boot()
    assert second.code == 0, second.output
    assert [request for request in deployment.gate.requests if request.changes_something] == []
    assert deployment.parameters() == parameters
    assert host.files() == before


def test_image_without_chef_server_is_named(deploy: Deploy) -> None:
    deployment = deploy()
    host = deployment.host("chef_server", without=["cinc-server-ctl"])
    run = host.boot()
    assert run.code != 0
    assert "cinc-server-ctl is not installed: is this the Chef Server's image?" in run.output
    assert deployment.status("chef_server")["step"] == "configure the Chef Server"


def test_rebuilt_server_withdraws_the_fact_of_its_predecessor(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.publish_server(instance="i-0old")
    host = deployment.host("chef_server", without=["cinc-server-ctl"])
    assert host.boot().code != 0
    assert json.loads(deployment.parameters()["chef_server/fact"]["Value"])["ready"] is False
