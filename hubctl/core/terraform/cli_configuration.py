"""Terraform's CLI configuration file: the user's own, and the one the project generates for a mirror."""

import json
import os
import re
from pathlib import Path

from hubctl.core.files import write_whole

_MIRROR_CONFIGURATION = """\
# Written by the project's set-up. It says where Terraform takes the AWS provider from; delete the folder it
# lies in to have that found again.
provider_installation {
  filesystem_mirror {
    path    = %s
    include = ["hashicorp/aws"]
  }
  direct {
    exclude = ["hashicorp/aws"]
  }
}
"""


def own_installation() -> Path | None:
    """Return the user's CLI configuration file when it has a provider_installation block, else None.

    Terraform reads the file that TF_CLI_CONFIG_FILE names, and only without that variable the one at home.
    """
    named = os.environ.get("TF_CLI_CONFIG_FILE") or os.environ.get("TERRAFORM_CONFIG")
    path = Path(named) if named else Path.home() / ".terraformrc"
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return path if re.search(r'^\s*"?provider_installation"?\s*[:{=]', text, re.MULTILINE) else None


def write_configuration(folder: Path, mirror: Path) -> Path:
    """Write the CLI configuration that takes the AWS provider from ``mirror``; return its path.

    Written aside and renamed: Terraform runs that go on at the same time always see a whole file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "terraform.rc"
    # HCL would expand these two in a quoted string
    quoted = json.dumps(str(mirror)).replace("${", "$${").replace("%{", "%%{")
    text = _MIRROR_CONFIGURATION % quoted
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text, durable=False)
    return path


def configuration_environment(folder: Path, *, uses_mirror: bool) -> dict[str, str]:
    """Return the environment of a Terraform or cdktf run.

    With a mirror Terraform links the provider instead of copying it, so a plugin cache (which must not be
    used by two ``init`` runs at once) has nothing to give and is switched off.
    """
    environment = {
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
        "DISABLE_VERSION_CHECK": "1",
    }
    if uses_mirror:
        environment["TF_CLI_CONFIG_FILE"] = str(folder / "terraform.rc")
        environment["TF_PLUGIN_CACHE_DIR"] = ""
        environment["CDKTF_DISABLE_PLUGIN_CACHE_ENV"] = "1"
    return environment
