"""What a host's engine gets of the image: its metadata, not the layers' files, and nothing of devices."""

import os
import socket
from pathlib import Path

from hubctl.trial.lab.host import copy_engine_data


def test_metadata_is_copied_and_layers_and_devices_are_not(tmp_path: Path) -> None:
    image = tmp_path / "image"
    for folder in ("overlay2/abc/diff/usr", "overlay2/l", "image/overlay2", "volumes", "diff"):
        (image / folder).mkdir(parents=True)
    (image / "overlay2/abc/diff/usr/large").write_text("a file of the image")
    (image / "overlay2/abc/link").write_text("SHORT")
    (image / "overlay2/l/SHORT").symlink_to("../abc/diff")
    (image / "diff/kept").write_text("of no layer")
    os.mkfifo(image / "volumes/pipe")  # reading it would never end, as a device's copy would be its content
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(image / "volumes/socket"))
        copy_engine_data(image, tmp_path / "host")
    found = {str(path.relative_to(tmp_path / "host")) for path in (tmp_path / "host").rglob("*")}
    assert found == {
        *("overlay2", "overlay2/abc", "overlay2/abc/link", "overlay2/l", "overlay2/l/SHORT"),
        *("image", "image/overlay2", "volumes", "diff", "diff/kept"),
    }
