"""Where the project keeps what set-up creates, and the versions that set-up pins.

The folders are ignored by git and can be deleted.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
NODE_MODULES = ROOT / "node_modules"
TOOLS = ROOT / ".tools"
LOGS = TOOLS / "logs"
STAMPS = TOOLS / "stamps"

# The version of the AWS provider that the Python bindings were generated from. A test compares it with the
# bindings themselves.
PROVIDER_VERSION = "5.100.0"

# Installed into a separate environment when the machine has no recent pipenv.
PIPENV_VERSION = "2026.10.3"
