"""The file with which `hubctl destroy` of version 0.2 and before lifted the protection of homes while it ran.

A run that was killed left it in the stack's folder, where every later plan reads it: `terraform plan -destroy` then
no longer refuses to delete the homes. Nothing writes it any more, and whoever meets one takes it away.
"""

from pathlib import Path

FILE = "hubctl_destroy_override.tf.json"


def has_left_override(folder: Path) -> bool:
    """Tell whether the file lies in a stack's folder."""
    return (folder / FILE).exists()


def remove_left_override(folder: Path) -> str | None:
    """Take the file out of a stack's folder; return the sentence that says so, None when there was none."""
    path = folder / FILE
    try:
        path.unlink()
    except FileNotFoundError:
        return None
    return (
        f"removed {path}: a destroy that was killed had left it, and with it"
        " Terraform did not refuse to delete the users' homes"
    )
