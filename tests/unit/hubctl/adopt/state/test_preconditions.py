"""What Terraform would refuse of a state is told before anything is planned, all at once, with what mends it."""

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.origin import Origin
from hubctl.adopt.state.preconditions import (
    Counterparts,
    Unfit,
    check_forgotten,
    check_preconditions,
    import_id,
    provider_source,
    root_configuration,
    unfit,
)
from hubctl.adopt.state.state_file import provider_of, read_state
from hubctl.core.errors import BadInputError
from hubctl.core.terraform.provider_schemas import ResourceSchemas, keep, packed

Document = dict[str, Any]
HERE = "registry.example/hashicorp/aws"


@pytest.fixture
def schemas(lab_document: Callable[[str], Document], tmp_path: Path) -> ResourceSchemas:
    """The schemas of a provider that wrote the labs' states itself."""
    versions: dict[str, int] = {}
    for name in ("campus", "hub"):
        for entry in lab_document(name)["resources"]:
            versions[entry["type"]] = max(i["schema_version"] for i in entry["instances"])
    file = tmp_path / "schemas.zip"
    keep(packed({kind: {"version": version, "block": {}} for kind, version in versions.items()}, HERE), file)
    return ResourceSchemas(file)


@pytest.fixture
def written(lab_document: Callable[[str], Document]) -> Callable[..., ExistingState]:
    """Return ``written(name, provider, **versions)``: a lab whose state names ``provider``, with other schema versions."""

    def make(name: str, provider: str = f'provider["{HERE}"]', **versions: int) -> ExistingState:
        document = lab_document(name)
        for entry in document["resources"]:
            entry["provider"] = provider.replace("MODULE", entry.get("module") or "module.none")
            for instance in entry["instances"]:
                instance["schema_version"] = versions.get(entry["type"], instance.get("schema_version", 0))
        return read_state(json.dumps(document), name, Origin(path=Path("old.tfstate")))

    return make


def refusal(
    state: ExistingState, schemas: ResourceSchemas, known: Counterparts | None = None
) -> BadInputError:
    with pytest.raises(BadInputError) as refused:
        check_preconditions(state, schemas, "aws-lab", lambda _: known or Counterparts())
    assert refused.value.exit_code == 2
    return refused.value


def test_a_state_of_this_provider_passes(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    for provider in (
        f'provider["{HERE}"]',
        f'provider["{HERE}"].west',
        f'module.a["b"].provider["{HERE}"].x',
    ):
        assert not unfit(written("campus", provider), schemas)
    # Older ones are upgraded by the provider.
    assert not unfit(written("campus", aws_subnet=0, aws_vpc=0), schemas)
    check_preconditions(written("campus"), schemas, "aws-lab", lambda _: Counterparts())


@pytest.mark.parametrize(
    ("provider", "source"),
    [
        ('provider["other.example/hashicorp/aws"]', "other.example/hashicorp/aws"),
        ('provider["mirror.example:8443/hashicorp/aws"].west', "mirror.example:8443/hashicorp/aws"),
        ('MODULE.provider["other.example/hashicorp/aws"]', "other.example/hashicorp/aws"),
        ("provider.aws", "-/aws"),
        ("provider.aws.west", "-/aws"),
        ("MODULE.provider.aws", "-/aws"),
        ("MODULE.provider.aws.west", "-/aws"),
        ('provider["registry.example/-/aws"]', "registry.example/-/aws"),
        ('provider["aws"]', "-/aws"),
    ],
)
def test_another_registry_is_replaced_in_a_copy(
    written: Callable[..., ExistingState], schemas: ResourceSchemas, provider: str, source: str
) -> None:
    refused = refusal(written("campus", provider), schemas)
    assert f"of the provider {source}; here it is hashicorp/aws" in refused.message
    copy, replace, again = (line for line in refused.remedy.splitlines() if "`" in line)
    assert "cp old.tfstate old-to-adopt.tfstate" in copy
    assert (
        f"state replace-provider -auto-approve -state=old-to-adopt.tfstate -- {source} hashicorp/aws`"
        in replace
    )
    assert "--stack aws-lab --state old-to-adopt.tfstate" in again
    assert provider_of(provider.replace("MODULE", "module.a")).startswith("hashicorp/aws")


def test_another_authors_provider_is_replaced_if_it_is_a_copy(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    refused = refusal(written("campus", 'provider["registry.example/acme/aws"]'), schemas)
    assert "registry.example/acme/aws; if it is a copy of it, it has to be hashicorp/aws" in refused.message


def test_what_other_providers_made_is_named_by_this_registry_as_well(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    state = written("campus")
    entry = {
        "mode": "managed",
        "type": "random_id",
        "name": "suffix",
        "provider": 'provider["other.example/hashicorp/random"]',
        "instances": [{"schema_version": 0, "attributes": {"id": "x"}}],
    }
    document = {**state.document, "resources": [*state.document["resources"], entry]}
    found = unfit(read_state(json.dumps(document), "campus"), schemas)
    assert dict(found.providers) == {"other.example/hashicorp/random": ("hashicorp/random", 1)}
    entry["provider"] = 'provider["registry.example/hashicorp/random"]'
    document = {**state.document, "resources": [*state.document["resources"], entry]}
    assert not unfit(read_state(json.dumps(document), "campus"), schemas)


def test_a_newer_provider_is_named_with_what_to_import(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    state = written("hub", aws_instance=9)
    instances = [resource for resource in state.resources if resource.type == "aws_instance"]
    first, second, *others = instances
    known = Counterparts(ours={first.address: "aws_instance.ours"}, settings={"zone": "eu-1a", "size": 3})
    refused = refusal(state, schemas, known)
    for instance in instances:
        assert f"{instance.address} was written by a newer AWS provider: schema version 9" in refused.message
    (removal,) = (line for line in refused.remedy.splitlines() if "state rm" in line)
    assert all(instance.address in removal for instance in instances)
    assert f"--import aws_instance.ours={first.text('id')}" in refused.remedy
    assert "--settings size=3 --settings zone=eu-1a" in refused.remedy
    assert f"manages no longer: {second.address}" in refused.remedy
    assert [resource.type for resource in unfit(state, schemas).rest().resources].count("aws_instance") == 0
    assert others == [] or others[0].address in refused.remedy


def test_a_type_that_only_a_newer_provider_knows_is_named(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    state = written("campus")
    entry = {
        "mode": "managed",
        "module": 'module.new["a b"]',
        "type": "aws_thing_of_tomorrow",
        "name": "x",
        "provider": f'provider["{HERE}"]',
        "instances": [{"index_key": 0, "schema_version": 0, "attributes": {"id": "x"}}],
    }
    document = {**state.document, "resources": [*state.document["resources"], entry]}
    refused = refusal(read_state(json.dumps(document), "campus"), schemas)
    assert 'module.new["a b"].aws_thing_of_tomorrow.x[0] is of a type that AWS provider' in refused.message
    assert (
        "state rm -state=state-to-adopt.tfstate 'module.new[\"a b\"].aws_thing_of_tomorrow.x[0]'"
        in refused.remedy
    )
    assert "FOLDER is the folder of the existing configuration." in refused.remedy


def test_all_of_it_is_told_at_once_and_the_backend_gets_the_copy(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    state = written("campus", 'provider["other.example/hashicorp/aws"]', aws_vpc=7)
    found = unfit(state, schemas)
    pulled = Unfit(
        state=read_state(json.dumps(state.document), "x", Origin(backend=Path("lab"))),
        providers=found.providers,
        newer=found.newer,
    )
    remedy = pulled.error("aws-lab", Counterparts()).remedy
    order = [
        "-chdir=lab state pull",
        "state replace-provider",
        "state rm",
        "--stack aws-lab",
        "-chdir=lab state push",
    ]
    places = [remedy.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "configuration",
    [f'provider["{HERE}"].west', f'MODULE.provider["{HERE}"]', f'MODULE.provider["{HERE}"].west'],
    ids=["an alias", "of a module", "an alias in a module"],
)
def test_what_terraform_cannot_forget_is_taken_out_of_a_copy(
    written: Callable[..., ExistingState], configuration: str
) -> None:
    """Terraform wants the configuration of the provider that a resource was made with, even to forget it."""
    state = written("hub", configuration)
    first, second, *_ = state.resources
    with pytest.raises(BadInputError, match="cannot forget") as refused:
        check_forgotten(state, [first.resource, second.address], "chef-hub")
    (removal,) = (line for line in refused.value.remedy.splitlines() if "state rm" in line)
    assert shlex.quote(first.resource) in removal
    assert shlex.quote(second.address) in removal
    assert state.resources[2].address not in removal
    check_forgotten(state, [], "chef-hub")
    check_forgotten(written("hub"), [first.resource], "chef-hub")
    assert root_configuration(configuration.replace("MODULE", "module.a")) == f'provider["{HERE}"]'


def test_a_message_counts_what_would_be_too_many(
    written: Callable[..., ExistingState], schemas: ResourceSchemas
) -> None:
    types = {resource.type for resource in written("hub").resources}
    refused = refusal(written("hub", **dict.fromkeys(types, 99)), schemas)
    assert "more" in refused.message.splitlines()[-1]
    assert len(refused.message.splitlines()) == 14


@pytest.mark.parametrize("text", ["", "nonsense", 'provider[""]'])
def test_nonsense_is_no_provider(text: str) -> None:
    assert provider_source(text) == ""


def test_import_ids_are_those_of_the_provider(existing: Callable[..., Any]) -> None:
    assert import_id(existing("aws_instance.a", id="i-1")) == "i-1"
    association = existing(
        "aws_route_table_association.a", id="x", subnet_id="subnet-1", route_table_id="rtb-1"
    )
    assert import_id(association) == "subnet-1/rtb-1"
    assert import_id(existing("aws_route_table_association.a", id="x", gateway_id="igw-1")) is None
    assert import_id(existing("aws_acm_certificate_validation.a", id="x")) is None
    assert import_id(existing("aws_instance.a")) is None
