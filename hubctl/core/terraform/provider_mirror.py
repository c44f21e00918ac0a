"""Decide where Terraform takes the AWS provider from, remember it, and check it again cheaply at each use.

In this order: the folder in ``HUBCTL_PROVIDER_MIRROR``; the user's own Terraform CLI configuration when it
has a ``provider_installation`` block (used unchanged); Terraform's implied mirror folders; a bounded search
of the disks; the registry, asked through Terraform and downloaded from once, into the project's ``.tools``.
"""

import json
import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.errors import HubctlError
from hubctl.core.files import write_whole
from hubctl.core.project_folders import PROVIDER_VERSION, TOOLS
from hubctl.core.terraform.cli_configuration import (
    configuration_environment,
    own_installation,
    write_configuration,
)
from hubctl.core.terraform.provider_search import (
    FoundMirror,
    inspect_mirror,
    machine_platform,
    search_mirrors,
    search_roots,
)
from hubctl.core.tool_versions import Problem, terraform_binary, terraform_version

MIRROR_VARIABLE = "HUBCTL_PROVIDER_MIRROR"
ANSWER_WITHIN = 25.0  # seconds until a registry or mirror has said that it has this version
DOWNLOAD_WITHIN = 1200.0  # seconds
_REMEDY = f"set {MIRROR_VARIABLE} to a folder with the provider, laid out as a Terraform filesystem mirror"
_PROVIDER_ALONE = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "%s"
    }
  }
}
"""


@dataclass(frozen=True)
class Provider:
    """Where the provider comes from: ``setting``, ``own``, ``mirror``, ``download`` or ``registry``.

    ``mirror`` is None for ``own`` (the user's configuration decides) and for ``registry`` (on offer, but not
    downloaded yet).
    """

    source: str
    mirror: Path | None
    platform: str


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What ``terraform init`` said: ``offered`` when it began to install, ``installed`` when it was done."""

    offered: bool
    installed: bool
    complaint: str


def terraform_environment(folder: Path | None = None) -> dict[str, str]:
    """Return the variables to add to the environment of every Terraform and cdktf run.

    Raises HubctlError when the provider is nowhere to be found. ``folder`` is for tests; it defaults to the
    project's ``.tools/terraform``.
    """
    kept = folder or TOOLS / "terraform"
    provider = resolve_provider(kept)
    if isinstance(provider, Problem):
        raise HubctlError(provider.message, remedy=provider.remedy)
    if provider.source == "registry":
        provider = download_provider(kept)
    return configuration_environment(kept, uses_mirror=provider.mirror is not None)


def resolve_provider(folder: Path) -> Provider | Problem:
    """Return where the provider comes from, remembered or newly found, or what keeps it from being found."""
    chosen = os.environ.get(MIRROR_VARIABLE)
    if chosen:
        return _from_setting(Path(chosen).expanduser(), folder)
    known = _recall(folder)
    own = own_installation()
    if known is not None and (known.source == "own") == (own is not None) and _still_usable(known):
        return known
    if own is not None:
        return _from_own_configuration(own, folder)
    return _from_disk_or_registry(folder)


def download_provider(folder: Path) -> Provider:
    """Download the provider once into ``folder``, where every later run finds it. Raises HubctlError."""
    target = folder / "download"
    probe = probe_provider(configuration_environment(folder, uses_mirror=False), folder=target)
    found = inspect_mirror(target / ".terraform" / "providers", provider_platform())
    if not probe.installed or found is None or found.defect is not None:
        raise HubctlError(
            f"downloading AWS provider {PROVIDER_VERSION} failed: {probe.complaint}",
            remedy=f"run it again when the network is back, or {_REMEDY}",
        )
    return _remember(Provider("download", found.folder, provider_platform()), folder)


def provider_platform() -> str:
    """Return the platform whose provider Terraform runs, in its words: Terraform's own, else this machine's."""
    return terraform_version()[1] or machine_platform()


def _from_setting(mirror: Path, folder: Path) -> Provider | Problem:
    found = inspect_mirror(mirror, provider_platform())
    if found is None or found.defect is not None:
        reason = (
            found.defect
            if found is not None
            else f"it holds no HOST/hashicorp/aws/{PROVIDER_VERSION}/{provider_platform()}"
        )
        return Problem(
            tool="AWS provider",
            message=f"{MIRROR_VARIABLE}={mirror} has no usable AWS provider {PROVIDER_VERSION}: {reason}",
            remedy=f"{_REMEDY}, or unset it to have the provider searched for",
        )
    return _remember(Provider("setting", mirror.resolve(), provider_platform()), folder)


def _from_own_configuration(own: Path, folder: Path) -> Provider | Problem:
    probe = probe_provider({"CHECKPOINT_DISABLE": "1"})
    if not probe.offered:
        return Problem(
            tool="AWS provider",
            message=f"{own} decides where providers come from, but AWS provider {PROVIDER_VERSION} is not there:"
            f" {probe.complaint}",
            remedy=f"add it there, or {_REMEDY}",
        )
    return _remember(Provider("own", None, provider_platform()), folder)


def _from_disk_or_registry(folder: Path) -> Provider | Problem:
    findings = search_mirrors(search_roots(), provider_platform())
    usable = [finding for finding in findings if finding.defect is None]
    rejected = [finding for finding in findings if finding.defect is not None]
    for finding in usable:
        provider = _remember(Provider("mirror", finding.folder, provider_platform()), folder)
        # A mirror of another registry looks the same on disk; only Terraform knows which host it asks for.
        probe = probe_provider(configuration_environment(folder, uses_mirror=True))
        if probe.offered:
            return provider
        _forget(folder)
        rejected.append(FoundMirror(finding.folder, probe.complaint))
    probe = probe_provider(configuration_environment(folder, uses_mirror=False))
    if probe.offered:
        return Provider("registry", None, provider_platform())
    notes = "".join(f"; {finding.folder} was passed over: {finding.defect}" for finding in rejected)
    return Problem(
        tool="AWS provider",
        message=f"AWS provider {PROVIDER_VERSION} for {provider_platform()} is neither on this machine nor can Terraform"
        f" reach a registry ({probe.complaint}){notes}",
        remedy=_REMEDY,
    )


def _still_usable(provider: Provider) -> bool:
    if provider.mirror is None:
        return True
    found = inspect_mirror(provider.mirror, provider.platform)
    return found is not None and found.defect is None


def _remember(provider: Provider, folder: Path) -> Provider:
    mirror = str(provider.mirror) if provider.mirror is not None else None
    if provider.mirror is not None:
        write_configuration(folder, provider.mirror)
    else:
        folder.mkdir(parents=True, exist_ok=True)
    record = {
        "source": provider.source,
        "mirror": mirror,
        "platform": provider.platform,
        "version": PROVIDER_VERSION,
    }
    write_whole(folder / "provider.json", json.dumps(record, indent=2) + "\n", durable=False)
    return provider


def _recall(folder: Path) -> Provider | None:
    try:
        record = json.loads((folder / "provider.json").read_text(encoding="utf-8"))
        if record["version"] != PROVIDER_VERSION or record["source"] == "setting":
            return None
        mirror = Path(record["mirror"]) if record["mirror"] is not None else None
        return Provider(record["source"], mirror, record["platform"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        # First use, or the file was damaged: find it anew.
        return None


def _forget(folder: Path) -> None:
    for name in ("provider.json", "terraform.rc"):
        (folder / name).unlink(missing_ok=True)


def probe_provider(
    environment: dict[str, str], folder: Path | None = None, answer_within: float = ANSWER_WITHIN
) -> Probe:
    """Run ``terraform init`` for this one provider.

    Without a folder, it runs in a temporary one and is ended as soon as the provider is on offer, before
    hundreds of megabytes come down. With one, the provider is installed into its ``.terraform/providers``.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        return _initialise(folder, environment, answer_within, to_the_end=True)
    with tempfile.TemporaryDirectory() as temporary:
        return _initialise(Path(temporary), environment, answer_within, to_the_end=False)


def _initialise(
    folder: Path, environment: dict[str, str], answer_within: float, *, to_the_end: bool
) -> Probe:
    (folder / "main.tf").write_text(_PROVIDER_ALONE % PROVIDER_VERSION, encoding="utf-8")
    process = subprocess.Popen(
        [terraform_binary(), "init", "-backend=false", "-input=false", "-no-color"],
        cwd=folder,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines: list[str] = []
    offered = threading.Event()
    reader = threading.Thread(target=_read, args=(process, lines, offered), daemon=True)
    reader.start()
    try:
        deadline = time.monotonic() + answer_within
        while process.poll() is None and not offered.is_set() and time.monotonic() < deadline:
            time.sleep(0.05)
        if offered.is_set() and to_the_end:
            process.wait(timeout=DOWNLOAD_WITHIN)
    except subprocess.TimeoutExpired:
        lines.append(f"the download did not end within {DOWNLOAD_WITHIN:.0f} seconds")
    finally:
        if process.poll() is None:
            if not offered.is_set():
                lines.append(f"no answer within {answer_within:.0f} seconds")
            process.kill()
        process.wait()
        reader.join(timeout=5)
    installed = process.returncode == 0
    return Probe(offered=offered.is_set() or installed, installed=installed, complaint=_complaint(lines))


def _read(process: subprocess.Popen[bytes], lines: list[str], offered: threading.Event) -> None:
    stream = process.stdout
    if stream is None:
        return
    with stream:
        for raw in iter(stream.readline, b""):
            line = raw.decode("utf-8", "replace").strip()
            lines.append(line)
            if line.startswith("- Installing hashicorp/aws"):
                offered.set()


def _complaint(lines: list[str]) -> str:
    """Return Terraform's error without its frame, in one line of sensible length."""
    words = [line.strip("│╷╵ ") for line in lines]
    starts = [number for number, line in enumerate(words) if line.startswith("Error:")]
    text = " ".join(word for word in (words[starts[0] :] if starts else words[-3:]) if word)
    return text[:400]
