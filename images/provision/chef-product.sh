#!/usr/bin/env bash
# Installs one product of Chef, or its free build Cinc, with the vendor's installer, which checks the package's digest.
# https://docs.chef.io/chef_install_script/ and https://cinc.sh/start/
set -euo pipefail
: "${PRODUCT:?}" "${VERSION:?}" "${CHEF_DISTRIBUTION:?cinc or chef}"
# Chef's installer reads it from the environment too. It goes into no file of the image and on no command line.
license=${CHEF_LICENSE_KEY-}

case $CHEF_DISTRIBUTION in
cinc)
  installer=https://omnitruck.cinc.sh/install.sh
  unset CHEF_LICENSE_KEY
  ;;
chef)
  [[ -n $license ]] || {
    echo "Chef's own builds need a licence: give its id as PKR_VAR_chef_license_id, or take chef_distribution cinc" >&2
    exit 1
  }
  [[ $license =~ ^[A-Za-z0-9-]+$ ]] || {
    echo "chef_license_id holds a character that no licence id has: letters, digits and hyphens only" >&2
    exit 1
  }
  # https://docs.chef.io/download/commercial/; what licences for trial and community may install is the newest only
  [[ $license != trial-* && $license != free-* ]] || {
    echo "chef_license_id is one for trial or community, which installs no pinned version: take a commercial one, or" \
      "chef_distribution cinc" >&2
    exit 1
  }
  installer="https://chefdownload-commercial.chef.io/install.sh?license_id=$license"
  export CHEF_LICENSE_KEY
  ;;
*)
  echo "CHEF_DISTRIBUTION is $CHEF_DISTRIBUTION: use cinc or chef" >&2
  exit 1
  ;;
esac

# The package, and the commands that bootstrap scripts and cookbooks call. In the vendors' package definitions:
# omnibus/config/projects/cinc-server.rb of cinc-project/chef-server, PRODUCT_MATRIX.md of chef/mixlib-install.
package=$PRODUCT
case $PRODUCT in
cinc | chef) commands=("$PRODUCT-client") ;;
cinc-workstation | chef-workstation) commands=(knife) ;;
cinc-server | chef-server) package=$PRODUCT-core commands=("$PRODUCT-ctl") ;;
*)
  echo "PRODUCT is $PRODUCT: use the client (cinc, chef), cinc-workstation or cinc-server, or Chef's of the same name" >&2
  exit 1
  ;;
esac

script=$(mktemp)
trap 'rm -f "$script"' EXIT
printf 'url = "%s"\n' "$installer" |
  curl --config - --proto '=https' --tlsv1.2 -fsSL --retry 5 --max-time 120 -o "$script" || {
  echo "the installer of $CHEF_DISTRIBUTION does not come from ${installer%%\?*}: see curl's message above" >&2
  exit 1
}
timeout 1800 bash "$script" -P "$PRODUCT" -v "$VERSION"
status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) || status=missing
[[ $status == installed ]] || {
  echo "the installer of $PRODUCT $VERSION left no package $package: dpkg says $status" >&2
  exit 1
}
for command in "${commands[@]}"; do
  command -v "$command" >/dev/null || {
    echo "the package $package brings no command $command" >&2
    exit 1
  }
done
dpkg-query --show "$package"
