"""A secret at any place of a state is in no file, no output and no error of an adoption, whatever is carried and kept.

That the designs themselves tell none is in ``test_mutations.py``, with the same adoptions.
"""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform
from tests.plan.adopt.canaries import additions, leaks, secret, with_secrets
from tests.plan.adopt.conftest import HARMLESS, Document, Run

pytestmark = pytest.mark.terraform


def test_what_holds_a_secret_is_carried_without_it_or_refused_without_telling_it(
    run: Run, lab: Callable[[str], Document], tmp_path: Path
) -> None:
    """Only up to the plan: what cannot be carried is refused before it, all at once, and the rest is written before it."""
    document = with_secrets(lab("campus"), additions())

    def no_plan(*_: Any, **__: Any) -> Document:
        raise HubctlError(f"terraform plan failed: {document}", remedy=f"see {secret('parameter')}")

    def failed(carried: Collection[str]) -> HubctlError:
        with pytest.raises(HubctlError) as ended:
            run(
                document,
                carry=list(carried),
                forget=[address for address in additions() if address not in carried],
            )
        error = ended.value
        told = f"{error} {error!r} {error.message} {error.remedy} {error.__dict__} {error.__cause__} {error.__context__}"
        assert leaks(told, tmp_path) == []
        return error

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Terraform, "plan_document", no_plan)
        patched.setattr("tempfile.tempdir", str(tmp_path))
        refusal = failed(list(additions()))
        refused = {address for address in additions() if f"{address} cannot be carried" in refusal.message}
        assert all(f"--forget '{address}'" in refusal.remedy for address in refused)
        assert {"aws_lb_listener_rule.verify", "aws_ssm_parameter.oauth"} <= refused
        assert "terraform plan failed" in failed(set(additions()) - refused).message
    assert list(tmp_path.glob("hubctl-*")) == []


def test_the_synthesized_folder_and_its_plan_tell_nothing(
    run: Run,
    lab: Callable[[str], Document],
    project: Path,
    adoption_folder: str,
    synthesize: Callable[..., Path],
    initialized: Callable[[Path, str], Terraform],
    tmp_path: Path,
) -> None:
    document = with_secrets(lab("campus"), {})
    outcome = run(document, strict=True)
    assert outcome.proven, outcome.differences
    folder = synthesize(outcome, tmp_path)
    assert leaks("", tmp_path) == []
    terraform = initialized(folder, json.dumps(document))
    lines: list[str] = []
    changes = terraform.plan(refresh=False, on_line=lines.append).changes
    assert {change.action for change in changes if change.mode == "managed"} <= HARMLESS
    assert leaks("\n".join(lines), project / adoption_folder) == []
    assert "Terraform will perform" in "\n".join(lines)
