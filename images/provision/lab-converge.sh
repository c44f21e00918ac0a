#!/usr/bin/env bash
# Runs the cookbook jupyterhub_lab on the building instance, twice: the second run must change nothing. Then the client
# goes, because an instance of the Lab needs none: all it learns at first boot, its user data writes.
set -euo pipefail
: "${PRODUCT:?}" "${CHEF_DISTRIBUTION:?cinc or chef}" "${LAB_SOURCES:?folder with cookbooks/}"

case $CHEF_DISTRIBUTION in
cinc) client=cinc-client ;;
*) client=chef-client ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "cookbook_path '$LAB_SOURCES/cookbooks'" "chef_repo_path '$work'" "file_cache_path '$work/cache'" \
  "node_name 'lab-image'" "ssl_verify_mode :verify_peer" >"$work/client.rb"
for run in first second; do
  echo "Converging, $run run"
  CHEF_LICENSE=accept-silent timeout 1200 "$client" --local-mode --config "$work/client.rb" --no-color \
    --runlist 'recipe[jupyterhub_lab]' | tee "$work/log"
done
grep -Eq '(^|[^0-9])0/[0-9]+ resources updated' "$work/log" || {
  echo 'error: the second run changed something: see above' >&2
  exit 1
}
systemctl is-enabled jupyterhub-lab.service jupyterhub-lab-proxy.service jupyterhub-lab-firewall.service session-agent.timer
dpkg --purge "$PRODUCT"
rm -rf "$LAB_SOURCES"
