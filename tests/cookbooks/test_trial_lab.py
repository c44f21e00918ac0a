"""The local Lab's hosts against the cookbook: no Chef configures them, so what it writes has to be followed."""

import json
import subprocess
from pathlib import Path

from hubctl.trial.hosts.cookbook_files import attribute
from hubctl.trial.lab.host import OPERATOR_FILES, PROGRAMS, image_settings
from tests.support.waiting import PATIENCE

LIBRARIES = "cookbooks/jupyterhub_lab/libraries"
PRINT = """
require 'json'
puts JSON.generate(image: ChefHub::LabImage.document(JSON.parse(ARGV[0])), home: ChefHub::LabImage::HOME,
                   units: ChefHub::LabImage::UNITS, operator_files: ChefHub::LabImage::OPERATOR_FILES)
"""


def test_hosts_hold_what_the_library_says(ruby: str, project: Path) -> None:
    (library,) = [file for file in (project / LIBRARIES).glob("*.rb") if "LabImage" in file.read_text()]
    network = attribute("jupyterhub_lab", "container_network")
    settings = json.dumps({"container_network": network, "notebook_image": "an/image:tag"})
    command = [ruby, "-r", str(library), "-e", PRINT, settings]
    said = json.loads(
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout
    )
    assert said["image"] == image_settings("an/image:tag")
    assert said["home"] == PROGRAMS
    assert said["operator_files"] == OPERATOR_FILES
    files = project / "cookbooks/jupyterhub_lab/files/default"
    assert all((files / f"{unit}.service").is_file() for unit in said["units"])
