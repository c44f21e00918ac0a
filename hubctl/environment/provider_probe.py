"""Let Terraform itself say whether it can install the AWS provider, and let it do so."""

import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

from hubctl.environment.project import PROVIDER_VERSION
from hubctl.environment.tools import terraform_binary

ANSWER_WITHIN = 25.0  # seconds until a registry or mirror has said that it has this version
DOWNLOAD_WITHIN = 1200.0  # seconds

_CONFIGURATION = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "%s"
    }
  }
}
"""


class Probe(NamedTuple):
    """What ``terraform init`` said: ``offered`` when it began to install, ``installed`` when it was done."""

    offered: "bool"
    installed: "bool"
    complaint: "str"


def probe_provider(
    environment: "dict[str, str]", folder: "Path | None" = None, answer_within: "float" = ANSWER_WITHIN
) -> "Probe":
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
    folder: "Path", environment: "dict[str, str]", answer_within: "float", to_the_end: "bool"
) -> "Probe":
    (folder / "main.tf").write_text(_CONFIGURATION % PROVIDER_VERSION, encoding="utf-8")
    process = subprocess.Popen(
        [terraform_binary(), "init", "-backend=false", "-input=false", "-no-color"],
        cwd=str(folder),
        env=dict(os.environ, **environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    lines = []  # type: list[str]
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
    return Probe(offered.is_set() or installed, installed, _complaint(lines))


def _read(process: "subprocess.Popen[bytes]", lines: "list[str]", offered: "threading.Event") -> "None":
    stream = process.stdout
    if stream is None:
        return
    with stream:
        for raw in iter(stream.readline, b""):
            line = raw.decode("utf-8", "replace").strip()
            lines.append(line)
            if line.startswith("- Installing hashicorp/aws"):
                offered.set()


def _complaint(lines: "list[str]") -> "str":
    """Return Terraform's error without its frame, in one line of sensible length."""
    words = [line.strip("│╷╵ ") for line in lines]
    starts = [number for number, line in enumerate(words) if line.startswith("Error:")]
    text = " ".join(word for word in (words[starts[0] :] if starts else words[-3:]) if word)
    return text[:400]
