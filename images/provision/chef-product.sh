#!/usr/bin/env bash
# Installs one product of Chef, or its free build Cinc, with the vendor's installer, which checks the package's digest.
set -euo pipefail
: "${PRODUCT:?}" "${VERSION:?}" "${CHEF_DISTRIBUTION:?cinc or chef}"

case $CHEF_DISTRIBUTION in
cinc) installer=https://omnitruck.cinc.sh/install.sh ;;
chef) installer=https://omnitruck.chef.io/install.sh ;;
*)
  echo "CHEF_DISTRIBUTION is $CHEF_DISTRIBUTION: use cinc or chef" >&2
  exit 1
  ;;
esac

script=$(mktemp)
trap 'rm -f "$script"' EXIT
curl --proto '=https' --tlsv1.2 -fsSL --retry 5 --max-time 120 "$installer" -o "$script"
timeout 1800 bash "$script" -P "$PRODUCT" -v "$VERSION"
dpkg-query -W "$PRODUCT"
