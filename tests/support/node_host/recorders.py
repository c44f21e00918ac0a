"""Stand-ins for the commands that touch a system: each writes its command line down and answers like the real one.

They keep what the real ones would keep (users, organizations, roles, units) in files under /recorded, so that a second
run finds what the first has made.
"""

_HEAD = """#!/usr/bin/env bash
set -euo pipefail
umask 077
mkdir -p /recorded
name=$(basename "$0")
{ printf '%s' "$name"; printf ' %s' "$@"; printf '\\n'; } >>/recorded/commands
# What any process on the machine could read: the tests look for secrets in it.
cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' >>/recorded/command-lines
"""

_SERVER_CTL = """
case ${1-} in
reconfigure) touch /recorded/reconfigured ;;
user-list) [[ -e /recorded/reconfigured ]] && { echo pivotal; cat /recorded/users 2>/dev/null || true; } ;;
org-list) cat /recorded/organizations 2>/dev/null || true ;;
org-create)
  echo "$2" >>/recorded/organizations
  while (($#)); do [[ $1 != -f ]] || openssl genrsa -out "$2" 2048 2>/dev/null; shift; done
  ;;
add-user-key | add-client-key) ;;
*) echo "unknown command: $*" >&2; exit 1 ;;
esac
"""

_KNIFE = """
case "${1-} ${2-}" in
'raw /users')
  while (($#)); do [[ $1 != --input ]] || file=$2; shift; done
  jq -er .username "$file" >>/recorded/users
  jq -e '.public_key | startswith("-----BEGIN PUBLIC KEY")' "$file" >/dev/null
  jq -r .password "$file" >>/recorded/secrets
  ;;
'ssl check') ;;
'node list' | 'client list') cat /recorded/chef-nodes 2>/dev/null || true ;;
'node delete' | 'client delete') ;;
'cookbook upload')
  while (($#)); do [[ $1 != --cookbook-path ]] || ls "$2" >/recorded/cookbooks; shift; done
  ;;
'group list') cat /recorded/groups 2>/dev/null || true ;;
'group create') echo "$3" >>/recorded/groups ;;
'group add') grep -qxF "$5" /recorded/groups ;;
'acl add') grep -qxF "$4" /recorded/groups ;;
'role from') cat "$4" >>/recorded/roles ;;
*) echo "unknown command: $*" >&2; exit 1 ;;
esac
"""

_CLIENT = """
while (($#)); do
  case $1 in
  --config) config=$2 ;;
  --json-attributes) jq -e .chef_hub "$2" >/dev/null ;;
  esac
  shift
done
setting() { sed -n "s/^$1 '\\(.*\\)'$/\\1/p" "$config"; }
# As the worker's recipes do: its images are pulled, and offered where it serves.
install -d -m 0755 /var/lib/chef-hub/images
[[ -e /var/lib/chef-hub/pooled || -s /var/lib/chef-hub/images/notebook ]] || echo image >/var/lib/chef-hub/images/notebook
if [[ ! -s $(setting client_key) ]]; then
  grep -q 'PRIVATE KEY' "$(setting validation_key)"
  stat -c '%a' "$(setting validation_key)" >/recorded/validator-mode
  openssl genrsa -out "$(setting client_key)" 2048 2>/dev/null
fi
"""

_SYSTEMCTL = """
unit=${!#}
case ${1-} in
is-enabled | is-active) grep -qxF "$unit" /recorded/units 2>/dev/null ;;
enable) [[ -e /etc/systemd/system/$unit ]] && echo "$unit" >>/recorded/units ;;
list-jobs) cat /recorded/jobs 2>/dev/null || true ;;
start)
  [[ $unit != chef-hub-offer-worker.service || -e /var/lib/chef-hub/pooled || ! -d /var/lib/chef-hub/images ]] ||
    echo image >/var/lib/chef-hub/images/notebook
  ;;
stop | daemon-reload) ;;
*) echo "unknown command: $*" >&2; exit 1 ;;
esac
"""

_DOCKER = """
case "${1-}" in
info) [[ ! -e /recorded/in-swarm ]] || echo active ;;
ps) # lines of: id, label=value; the container that keeps the network is always there
  [[ $* != 'ps --all --quiet' ]] || { cut -d' ' -f1 /recorded/tasks 2>/dev/null || true; exit 0; }
  [[ ${*: -2:1} == --filter && ${!#} == label=* ]] || { echo "unknown filter: $*" >&2; exit 1; }
  { cat /recorded/tasks 2>/dev/null || true; echo 'holder chef-hub.kind=network'; } |
    awk -v wanted="${!##label=}" '$2 == wanted { print $1 }' ;;
swarm) rm -f /recorded/in-swarm ;;
rm) rm -f /recorded/tasks ;;
network) [[ $2 == prune ]] ;;
volume) [[ $2 != ls ]] || cat /recorded/volumes 2>/dev/null || true ;;
*) echo "unknown command: $*" >&2; exit 1 ;;
esac
"""

# name of the command → its script
RECORDERS: dict[str, str] = {
    **{f"{name}-server-ctl": _HEAD + _SERVER_CTL for name in ("chef", "cinc")},
    **{f"{name}-client": _HEAD + _CLIENT for name in ("chef", "cinc")},
    "knife": _HEAD + _KNIFE,
    "systemctl": _HEAD + _SYSTEMCTL,
    "docker": _HEAD + _DOCKER,
    "mount": _HEAD,
    "forget-chef-node": _HEAD,
    "join-swarm": _HEAD
    + ': "$AWS_REGION" "$CHEF_HUB_PREFIX" "$SWARM_SERVICE" "$SWARM_CLUSTER_FILE" "$ADVERTISE_ADDRESS"\n'
    + "touch /recorded/in-swarm\n",
    "clear-worker": _HEAD
    + ': "$AWS_REGION" "$CHEF_HUB_PREFIX" "$CHEF_HUB_NODE" "$STATE_DIRECTORY" "$SWARM_CLUSTER_FILE"\n'
    + ': >"$STATE_DIRECTORY/notebook"\n',
    # Packages are never installed on a host of the tests.
    "apt-get": _HEAD + "exit 100\n",
}
