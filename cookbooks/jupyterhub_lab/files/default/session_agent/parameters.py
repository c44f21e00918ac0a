"""The Lab's parameters in SSM: the record of a rollout, and what instances say of themselves."""

from typing import Any

import boto3
from botocore.exceptions import ClientError

from session_agent.calls import CONFIG, AwsError, code_of, meant
from session_agent.rollout import Progress, Record, read_progress, read_record
from session_agent.settings import Settings


class Parameters:
    """Reads and writes below the Lab's own prefix. Every method raises AwsError when SSM cannot be reached or refuses."""

    def __init__(self, settings: Settings, instance_id: str) -> None:
        self._record_name = f"{settings.prefix}/rollout"
        self._own_name = f"{self._record_name}/{instance_id}"
        self.ssm = boto3.session.Session(region_name=settings.region).client("ssm", config=CONFIG)

    def record(self) -> Record | None:
        """Return the record, None when there is none."""
        try:
            answer = self.ssm.get_parameter(Name=self._record_name)
        except ClientError as error:
            if code_of(error) == "ParameterNotFound":
                return None
            raise meant("get_parameter", error) from error
        except Exception as error:
            raise meant("get_parameter", error) from error
        try:
            return read_record(answer["Parameter"]["Value"])
        except ValueError as error:
            raise AwsError(f"{self._record_name}: {error}") from error

    def progress(self) -> dict[str, Progress]:
        """Return what the instances said, by instance id; what cannot be understood is left out."""
        found: dict[str, Progress] = {}
        following: dict[str, str] = {}
        while True:
            page = self._call("get_parameters_by_path", Path=self._record_name, **following)
            for parameter in page["Parameters"]:
                said = read_progress(parameter["Value"])
                if said is not None:
                    found[parameter["Name"].rpartition("/")[2]] = said
            if not page.get("NextToken"):
                return found
            following = {"NextToken": page["NextToken"]}

    def tell(self, progress: Progress) -> None:
        """Say how this instance stands."""
        self._put(self._own_name, progress.text())

    def finish(self, record: Record) -> None:
        """Mark the rollout as done."""
        self._put(self._record_name, record.finished())

    def forget_own(self) -> None:
        """Delete what this instance said of itself: it ends."""
        try:
            self.ssm.delete_parameter(Name=self._own_name)
        except ClientError as error:
            if code_of(error) != "ParameterNotFound":
                raise meant("delete_parameter", error) from error
        except Exception as error:
            raise meant("delete_parameter", error) from error

    def _put(self, name: str, value: str) -> None:
        self._call("put_parameter", Name=name, Value=value, Type="String", Overwrite=True)

    def _call(self, operation: str, **parameters: Any) -> Any:
        try:
            return getattr(self.ssm, operation)(**parameters)
        except Exception as error:
            raise meant(operation, error) from error
