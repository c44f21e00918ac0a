"""JSON documents in SSM parameters: read, replaced, deleted."""

import json
from typing import Any

from botocore.exceptions import ClientError

from hubctl.cookbooks.aws_errors import error_code, told_plainly
from hubctl.errors import HubctlError
from hubctl.given import object_or_none

NOT_THERE = "ParameterNotFound"


def read_document(ssm: Any, name: str) -> dict[str, Any] | None:
    """Return what the parameter holds, None when there is none.

    Raises:
        HubctlError: AWS refuses or cannot be reached, or the parameter holds no JSON object.

    """
    with told_plainly(f"read the parameter {name}"):
        try:
            text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        except ClientError as error:
            if error_code(error) == NOT_THERE:
                return None
            raise
    document = parsed(text)
    if document is None:
        raise HubctlError(
            f"the parameter {name} does not hold a JSON object",
            remedy=f"Look at it with `aws ssm get-parameter --name {name}`, and delete it if nobody needs it.",
        )
    return document


def write_document(ssm: Any, name: str, document: dict[str, Any]) -> None:
    """Replace what the parameter holds; raise HubctlError when AWS refuses or cannot be reached."""
    with told_plainly(f"write the parameter {name}"):
        ssm.put_parameter(
            Name=name, Value=json.dumps(document, ensure_ascii=False), Type="String", Overwrite=True
        )


def delete_parameter(ssm: Any, name: str) -> bool:
    """Delete the parameter; tell whether there was one."""
    with told_plainly(f"delete the parameter {name}"):
        try:
            ssm.delete_parameter(Name=name)
        except ClientError as error:
            if error_code(error) == NOT_THERE:
                return False
            raise
    return True


def documents_below(ssm: Any, path: str) -> dict[str, dict[str, Any] | None]:
    """Return the documents directly below ``path`` by the last part of their names; None for what is not JSON."""
    with told_plainly(f"read the parameters below {path}"):
        pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, Recursive=False)
        return {
            parameter["Name"].rpartition("/")[2]: parsed(parameter["Value"])
            for page in pages
            for parameter in page["Parameters"]
        }


def parsed(text: str) -> dict[str, Any] | None:
    """Return a JSON object, None when the text is none."""
    return object_or_none(text)
