"""Which names say that they name a secret."""

import pytest

from hubctl.adopt.secrets.patterns import header_is_secret, key_names_secret, names_secret


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
