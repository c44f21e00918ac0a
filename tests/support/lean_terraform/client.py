"""The command ``terraform`` of the tests: has a provider reached through the relay where it would load all schemas.

``command.py`` installs it, with its interpreter and the two paths filled in. It becomes the real Terraform; the connection
to the relay stays open for as long as that lives.
"""

import json
import os
import socket
import sys
from pathlib import Path

SOCKET = "@SOCKET@"
REAL = "@REAL@"
# What only reads. Whatever changes something runs Terraform and its provider as they are.
LEAN = frozenset({"plan", "show", "validate"})


def main() -> None:
    folder, command = Path.cwd(), ""
    for argument in sys.argv[1:]:
        if argument.startswith("-chdir="):
            folder /= argument.removeprefix("-chdir=")
        elif not argument.startswith("-"):
            command = argument
            break
    # What `terraform init` has installed there; nothing where no AWS provider is needed
    installed = folder / os.environ.get("TF_DATA_DIR", ".terraform") / "providers"
    programs = list(installed.glob("*/hashicorp/aws/*/*/terraform-provider-aws_*"))
    if command in LEAN and len(programs) == 1 and "TF_REATTACH_PROVIDERS" not in os.environ:
        relay = socket.socket(socket.AF_UNIX)
        relay.connect(SOCKET)
        wanted = {"program": str(programs[0]), "folder": str(folder), "variables": dict(os.environ)}
        relay.sendall(json.dumps(wanted).encode() + b"\n")
        answer = relay.makefile().readline()
        if not answer:
            sys.exit("terraform: the relay to the AWS provider has failed; its output says why")
        os.environ["TF_REATTACH_PROVIDERS"] = answer.strip()
        os.set_inheritable(relay.fileno(), True)
    os.execv(REAL, [REAL, *sys.argv[1:]])  # noqa: S606 - as any shell would


if __name__ == "__main__":
    main()
