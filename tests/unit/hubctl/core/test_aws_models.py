import boto3
import botocore.exceptions
import botocore.loaders
import botocore.session
import pytest

from hubctl.core.aws import share_models, share_models_everywhere


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that botocore reads and parses from now on, by service."""
    files: list[str] = []
    original = botocore.loaders.JSONFileLoader._load_file

    def load(self: botocore.loaders.JSONFileLoader, path: str, open_method: object) -> object:
        found = original(self, path, open_method)
        if found is not None:
            files.append("/".join(path.split("/")[-3:]))
        return found

    monkeypatch.setattr(botocore.loaders.JSONFileLoader, "_load_file", load)
    return files


def regions(session: botocore.session.Session) -> list[str]:
    return boto3.session.Session(botocore_session=session).get_available_regions("kafka")


def test_a_second_session_parses_nothing_and_knows_as_much(parsed: list[str]) -> None:
    plain = botocore.session.Session()
    expected = regions(plain)
    assert "us-east-1" in expected
    first, second = botocore.session.Session(), botocore.session.Session()
    share_models(first)
    assert regions(first) == expected
    parsed.clear()
    share_models(second)
    assert regions(second) == expected
    assert parsed == []
    model = second.get_service_model("kafka")
    assert model.operation_names == plain.get_service_model("kafka").operation_names


def test_libraries_share_too(monkeypatch: pytest.MonkeyPatch, parsed: list[str]) -> None:
    # so that the loaders of other tests are botocore's again
    monkeypatch.setattr(
        botocore.loaders.Loader, "FILE_LOADER_CLASS", botocore.loaders.Loader.FILE_LOADER_CLASS
    )
    share_models_everywhere()
    expected = regions(botocore.session.Session())
    parsed.clear()
    assert regions(botocore.session.Session()) == expected
    assert parsed == []


def test_what_is_not_there_stays_unknown() -> None:
    session = botocore.session.Session()
    share_models(session)
    with pytest.raises(botocore.exceptions.UnknownServiceError, match="teapots"):
        session.get_service_model("teapots")


def test_a_profile_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with pytest.raises(botocore.exceptions.ProfileNotFound, match="nobody"):
        share_models(botocore.session.Session(profile="nobody"))
