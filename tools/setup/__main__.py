"""``python3 -m tools.setup``: check the machine, then install what is missing. Exits 0, 1 or 130."""

import sys
import time

from hubctl.core.project_folders import ROOT, TOOLS
from hubctl.core.terraform.provider_mirror import resolve_provider
from hubctl.core.tool_versions import Problem, check_tools
from tools.setup.install import install, only_one
from tools.setup.stamps import fingerprints, is_done, mark_done


def main() -> int:
    """Set the project up; quick when everything is in place already."""
    started = time.monotonic()
    wanted = fingerprints()
    problems = [] if is_done("tools", wanted["tools"]) else check_tools()
    has_terraform = not any(problem.tool == "Terraform" for problem in problems)
    provider = resolve_provider(TOOLS / "terraform") if has_terraform else None
    if isinstance(provider, Problem):
        problems.append(provider)
    if problems or provider is None or isinstance(provider, Problem):
        _report(problems, has_terraform=has_terraform)
        return 1
    mark_done("tools", wanted["tools"])
    download = provider.source == "registry"
    if not download and all(is_done(step, wanted[step]) for step in ("python", "hubctl", "node")):
        return 0
    with only_one(TOOLS):
        print(f"Setting up {ROOT}", file=sys.stderr, flush=True)
        failures = install(wanted, download=download)
    for failure in failures:
        print(f"error: {failure.message}\n       {failure.remedy}", file=sys.stderr)
    if failures:
        return 1
    print(f"Set up in {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


def _report(problems: list[Problem], *, has_terraform: bool) -> None:
    print("The project cannot be set up on this machine yet:", file=sys.stderr)
    for problem in problems:
        print(f"  - {problem.message}: {problem.remedy}", file=sys.stderr)
    if not has_terraform:
        print("  (the AWS provider was not looked for: that takes Terraform)", file=sys.stderr)
    print("Nothing was changed. Run `make setup` again afterwards.", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted; `make setup` resumes", file=sys.stderr)
        sys.exit(130)
