"""Which texts are secrets by how they look, which are not, and which names say "secret". All credentials are made up."""

import pytest

from hubctl.adopt.secrets.patterns import (
    assignments,
    has_credential,
    header_is_secret,
    is_opaque,
    is_public,
    key_names_secret,
    names_secret,
    without_credentials,
)

CREDENTIALS = [
    "AKIA" + "Q" * 16,
    "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
    "ghp_" + "a1" * 18,
    "github_pat_" + "a1" * 30,
    "glpat-" + "a1" * 10,
    "xoxb-" + "1234567890-ab",
    "https://hooks.slack.com/services/T0000/B0000/" + "x" * 24,
    "https://discord.com/api/webhooks/123456/" + "abc-def",
    "postgres://hub:pa55word@db.example.test/hub",
    "Authorization: Basic YWRhOmh1c2gxMjM0",
    "hvs." + "a1" * 12,
]


@pytest.mark.parametrize("text", CREDENTIALS)
def test_credentials_of_well_known_forms(text: str) -> None:
    assert has_credential(f"see {text} there")
    assert not is_public(text)
    assert not has_credential(without_credentials(f"see {text} there", "(hidden)"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "https://example.test/a@b",
            "http://host:8000/hub",
            "Basic authentication",
            "Bearer authentication",
        ),
        *("arn:aws:iam::123456789012:role/AKIA", "postgres://hub@db/hub", "https://${user}:${password}@host"),
    ],
)
def test_what_only_resembles_them(text: str) -> None:
    assert not has_credential(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "arn:aws:iam::123456789012:role/lab",
            "i-0123456789abcdef0",
            "10.0.0.0/16",
            "2001:db8::/32",
            "12.5",
        ),
        *(
            "eu-central-1a",
            "/hub/api/health",
            "application/json",
            "fs-1.efs.eu-central-1.amazonaws.com",
            "false",
        ),
        *("Managed by Terraform", "ELBSecurityPolicy-TLS13-1-2-2021-06", "HTTP_301", "2026-01-02T03:04:05Z"),
    ],
)
def test_forms_that_secrets_do_not_have(text: str) -> None:
    assert is_public(text)
    assert not is_opaque(text)


def test_what_a_machine_made_up_is_opaque() -> None:
    assert is_opaque("wJ8lrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzKEY")
    assert is_opaque("hub-oauth-secret-991")
    assert not is_opaque("production")
    assert not is_opaque("a text of 12 words or 13")


def test_assignments_in_scripts_and_configurations() -> None:
    text = "export DB_PASSWORD=hunter-two\napi_secret 'abc-def-1'\ntoken: s3cr3t-x\nrun --token abcdefg1 --size 100"
    assert dict(assignments(text)) == {
        "DB_PASSWORD": "hunter-two",
        "api_secret": "abc-def-1",
        "token": "abcdefg1",
    }
    assert ("token", "s3cr3t-x") in list(assignments(text))
    assert list(assignments("The password: required for all; token = ${var.token}")) == []


@pytest.mark.parametrize(
    "argument",
    [
        *("password", "master_password", "secret_string", "private_key", "token", "join_token", "user_data"),
        *("user_data_base64", "auth_token", "api_key", "client_secret", "tunnel1_preshared_key", "value_wo"),
        *(
            "raw_secret_access_key",
            "connection_string",
            "hec_token",
            "webhook_url",
            "bgp_auth_key",
            "passphrase",
        ),
    ],
)
def test_arguments_that_say_secret(argument: str) -> None:
    assert names_secret(argument)


@pytest.mark.parametrize(
    "argument",
    [
        *(
            "name",
            "creation_token",
            "http_tokens",
            "key_name",
            "tags",
            "secret_arn",
            "secret_id",
            "token_endpoint",
        ),
        *(
            "password_policy",
            "access_token_validity",
            "authorization_type",
            "kms_key_id",
            "public_key",
            "keys",
        ),
        *(
            "api_key_source",
            "customer_master_key_spec",
            "master_user_secret_kms_key_id",
            "verification_token",
        ),
        *("preshared_key_storage", "ec2_ssh_key", "volume_encryption_key", "api_key_selection_expression"),
        *("password_length", "user_data_replace_on_change", "auth_type", "iam_auth", "authorization", "key"),
    ],
)
def test_arguments_that_are_about_secrets_or_public(argument: str) -> None:
    assert not names_secret(argument)


@pytest.mark.parametrize(
    "key",
    [
        "DB_PASSWORD",
        "dbPassword",
        "API_KEY",
        "apiKey",
        "X-Auth",
        "Authorization",
        "JUPYTERHUB_CRYPT_KEY",
        "aws:Referer",
    ],
)
def test_keys_that_people_choose(key: str) -> None:
    assert key_names_secret(key)


@pytest.mark.parametrize(
    "key",
    ["Name", "Project", "KEY_NAME", "AuthType", "SecretArn", "secretsmanager:SecretId", "Keyboard", "Author"],
)
def test_keys_that_name_something_else(key: str) -> None:
    assert not key_names_secret(key)


def test_only_what_every_client_sends_is_a_public_header() -> None:
    assert header_is_secret("X-CloudFront-Auth")
    assert header_is_secret("X-Origin")
    assert header_is_secret("Cookie")
    for header in ("User-Agent", "X-Forwarded-For", "accept-language", "CloudFront-Viewer-Country"):
        assert not header_is_secret(header)
