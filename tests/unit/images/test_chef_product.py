"""What installs Chef or Cinc into the images, with stand-ins for the vendors' installer, dpkg and the download.

The packages' names and what they bring are the vendors': ``omnibus/config/projects/*.rb`` and ``omnibus/package-scripts``
of cinc-project/chef-server and cinc-project/chef-workstation, ``PRODUCT_MATRIX.md`` of chef/mixlib-install.
"""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "images/provision/chef-product.sh"
BOOTSTRAP = ROOT / "constructs/hub_constructs/chef_hub/bootstrap"
LICENSE = "12345678-abcd-ef01-2345-6789abcdef01"

# product of the installer → the package it installs, the commands in it
VENDORS = {
    "cinc": ("cinc", ["cinc-client"]),
    "chef": ("chef", ["chef-client"]),
    "cinc-server": ("cinc-server-core", ["cinc-server-ctl"]),
    "chef-server": ("chef-server-core", ["chef-server-ctl"]),
    "cinc-workstation": ("cinc-workstation", ["knife", "cinc-client"]),
    "chef-workstation": ("chef-workstation", ["knife", "chef-client"]),
}

CURL = """#!/bin/bash
printf '%s\\n' "$*" >>"$HOME/command-lines"
cat >>"$HOME/asked"
[[ -e $HOME/offline ]] && { echo 'curl: (6) Could not resolve host' >&2; exit 6; }
while [[ $1 != -o ]]; do shift; done
cp "$HOME/installer" "$2"
"""
INSTALLER = """
printf 'licence:%s\\n' "${CHEF_LICENSE_KEY-none}" >>"$HOME/installed"
printf '%s\\n' "$*" >>"$HOME/command-lines"
while getopts P:v: option; do
  case $option in P) product=$OPTARG ;; v) version=$OPTARG ;; esac
done
[[ -e $HOME/vendor/$product ]] || { echo "no product $product" >&2; exit 1; }
read -r package commands <"$HOME/vendor/$product"
echo "$package $version" >>"$HOME/packages"
for command in $commands; do
  printf '#!/bin/bash\\n' >"$HOME/bin/$command"
  chmod +x "$HOME/bin/$command"
done
"""
DPKG_QUERY = """#!/bin/bash
name=${!#}
found=$(grep "^$name " "$HOME/packages" 2>/dev/null) || { echo "dpkg-query: no packages found matching $name" >&2; exit 1; }
case "$*" in *Status-Status*) printf installed ;; *) printf '%s\\t%s\\n' $found ;; esac
"""


@dataclass
class Builder:
    """The building instance: what its commands were asked, and what they left."""

    home: Path

    def install(
        self, product: str, distribution: str, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        given = {
            "PATH": f"{self.home}/bin:{os.environ['PATH']}",
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "PRODUCT": product,
            "VERSION": "1.2.3",
            "CHEF_DISTRIBUTION": distribution,
            **environment,
        }
        return subprocess.run([str(SCRIPT)], env=given, capture_output=True, text=True, check=False)

    def text(self, name: str) -> str:
        file = self.home / name
        return file.read_text(encoding="utf-8") if file.exists() else ""


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    for folder in ("bin", "vendor", "tmp"):
        (tmp_path / folder).mkdir()
    for name, content in (("curl", CURL), ("dpkg-query", DPKG_QUERY)):
        (tmp_path / "bin" / name).write_text(content, encoding="utf-8")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "installer").write_text(INSTALLER, encoding="utf-8")
    for product, (package, commands) in VENDORS.items():
        (tmp_path / "vendor" / product).write_text(f"{package} {' '.join(commands)}\n", encoding="utf-8")
    return Builder(tmp_path)


@pytest.mark.parametrize("product", VENDORS)
def test_each_product_is_found_under_the_name_of_its_package(builder: Builder, product: str) -> None:
    distribution = product.partition("-")[0]
    run = builder.install(product, distribution, CHEF_LICENSE_KEY=LICENSE)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [VENDORS[product][0], "1.2.3"]
    assert list((builder.home / "tmp").iterdir()) == []


def test_what_packer_installs_is_what_the_vendors_have() -> None:
    source = (ROOT / "images/source.pkr.hcl").read_text(encoding="utf-8")
    products = re.findall(r'== "cinc" \? "([\w-]+)" : "([\w-]+)"', source)
    assert {name for pair in products for name in pair} == set(VENDORS)


def test_bootstrap_scripts_call_what_the_packages_bring() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in BOOTSTRAP.glob("*.sh"))
    called = set(re.findall(r"\$CHEF-(server-ctl|client)\b", text))
    assert called == {"server-ctl", "client"}
    # install_dir of the servers' packages; their postinst makes the folder of the configuration of that name
    assert "SERVER_ETC=/etc/cinc-project SERVER_OPT=/opt/cinc-project" in text
    assert "SERVER_ETC=/etc/opscode SERVER_OPT=/opt/opscode" in text


def test_chefs_builds_come_with_the_licence_and_cincs_without(builder: Builder) -> None:
    assert builder.install("chef-server", "chef", CHEF_LICENSE_KEY=LICENSE).returncode == 0
    assert f"https://chefdownload-commercial.chef.io/install.sh?license_id={LICENSE}" in builder.text("asked")
    assert builder.text("installed") == f"licence:{LICENSE}\n"
    assert LICENSE not in builder.text("command-lines")

    assert builder.install("cinc-server", "cinc", CHEF_LICENSE_KEY=LICENSE).returncode == 0
    assert 'url = "https://omnitruck.cinc.sh/install.sh"' in builder.text("asked")
    assert builder.text("installed").endswith("licence:none\n")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "Chef's own builds need a licence: give its id as PKR_VAR_chef_license_id"),
        ({"CHEF_LICENSE_KEY": 'x"\nurl = "https://elsewhere.example'}, "holds a character"),
        ({"CHEF_LICENSE_KEY": f"trial-{LICENSE}"}, "take a commercial one"),
        ({"CHEF_LICENSE_KEY": f"free-{LICENSE}"}, "take a commercial one"),
    ],
)
def test_without_a_licence_that_serves_nothing_is_downloaded(
    builder: Builder, given: dict[str, str], why: str
) -> None:
    run = builder.install("chef", "chef", **given)
    assert run.returncode == 1
    assert why in run.stderr
    assert builder.text("asked") == ""


def test_an_installer_that_leaves_another_package_or_no_command_fails(builder: Builder) -> None:
    (builder.home / "vendor/cinc-server").write_text("cinc-server cinc-server-ctl\n", encoding="utf-8")
    run = builder.install("cinc-server", "cinc")
    assert run.returncode == 1
    assert "left no package cinc-server-core" in run.stderr
    (builder.home / "vendor/cinc-server").write_text("cinc-server-core chef-server-ctl\n", encoding="utf-8")
    (builder.home / "bin/cinc-server-ctl").unlink()
    run = builder.install("cinc-server", "cinc")
    assert run.returncode == 1
    assert "brings no command cinc-server-ctl" in run.stderr


def test_a_download_that_fails_does_not_tell_the_licence(builder: Builder) -> None:
    (builder.home / "offline").touch()
    run = builder.install("chef", "chef", CHEF_LICENSE_KEY=LICENSE)
    assert run.returncode == 1
    assert "does not come from https://chefdownload-commercial.chef.io/install.sh" in run.stderr
    assert LICENSE not in run.stderr + run.stdout
