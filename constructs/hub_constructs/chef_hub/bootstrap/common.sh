# shellcheck shell=bash disable=SC2034  # the kinds' scripts use what is set here
# What every node's bootstrap shares: steps, waits, files, units. It follows the prelude that wrote the contract, and
# precedes facts.sh and the script of one kind. All of it is functions: install_program keeps them for the units.
set -Eeuo pipefail
umask 077

settings() {
  CONTRACT=${CHEF_HUB_CONTRACT:-/etc/chef-hub/contract.json}
  WAIT_SECONDS=${CHEF_HUB_WAIT_SECONDS:-1800}     # for what another node publishes
  POLL_SECONDS=${CHEF_HUB_POLL_SECONDS:-10}
  RETRY_SECONDS=${CHEF_HUB_RETRY_SECONDS:-120}    # for one AWS call and all its attempts
  CALL_SECONDS=${CHEF_HUB_CALL_SECONDS:-20}       # for one attempt
  COMMAND_SECONDS=${CHEF_HUB_COMMAND_SECONDS:-1800} # for one run of a Chef command
  IMDS=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
  IMDS=${IMDS%/}
  STATE=/var/lib/chef-hub
  PROGRAM=$STATE/node.sh
  ORGANIZATION=chef-hub
  ADMIN=chef-hub-admin
  STEP=start DEADLINE=0 LAST_ERROR='' EXTRA='{}'
  export AWS_PAGER='' AWS_MAX_ATTEMPTS=1 DEBIAN_FRONTEND=noninteractive HOME=${HOME:-/root}
  export PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
}

log() {
  printf '%s chef-hub %s: %s\n' "$(date -u +%FT%TZ)" "${NODE_KIND:-node}" "$*"
  logger -t chef-hub -- "$*" 2>/dev/null || true
}

step() { STEP=$1 LAST_ERROR=''; log "step: $1"; }

die() { LAST_ERROR=$*; exit 1; }

# Seconds since boot: unlike the clock, it does not jump when the time is set at first boot.
uptime_seconds() { local up _; read -r up _ </proc/uptime; echo "${up%.*}"; }

seconds_left() { echo $(($1 - $(uptime_seconds))); }

on_error() { [[ -n $LAST_ERROR ]] || LAST_ERROR="\`$2\` ended with exit code $1"; }

on_exit() {
  local code=$1
  trap - EXIT ERR
  set +e
  rm -f "${CHEF_ETC:-/nonexistent}/validation.pem"
  if ((code == 0)); then
    rm -rf -- "${SCRATCH:-}"
    return
  fi
  log "FAILED in step \"$STEP\": ${LAST_ERROR:-exit code $code}" >&2
  # One attempt only: a failure must be told soon, even when what failed is AWS itself.
  if [[ -n ${NODE:-} ]]; then
    touch "$STATE/failed"
    RETRY_SECONDS=0 DEADLINE=0
    publish_status failed
  fi
  rm -rf -- "${SCRATCH:-}"
  exit "$code"
}

# wait_for WHAT SECONDS COMMAND...: at least one attempt; LAST_ERROR says what the last one met.
wait_for() {
  local what=$1 limit=$2 end
  shift 2
  end=$(($(uptime_seconds) + limit))
  log "waiting for $what, ${limit} s at most"
  LAST_ERROR=''
  until DEADLINE=$end && "$@"; do
    if (($(seconds_left "$end") <= 0)); then
      DEADLINE=0
      die "gave up waiting for $what after ${limit} s${LAST_ERROR:+ (last: $LAST_ERROR)}"
    fi
    sleep "$(smaller "$POLL_SECONDS" "$(seconds_left "$end")")"
  done
  DEADLINE=0 LAST_ERROR=''
}

smaller() { (($1 < $2)) && echo "$1" || echo "$(($2 > 1 ? $2 : 1))"; }

# require_tools COMMAND...: the images hold them all; on a bare root the distribution's packages are tried.
require_tools() {
  local tool missing=() names=()
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { missing+=("$tool"); names+=("${tool/#aws/awscli}"); }
  done
  ((${#missing[@]} > 0)) || return 0
  log "missing here: ${missing[*]}; installing ${names[*]} ca-certificates"
  { timeout 300 apt-get -qq update && timeout 600 apt-get -qq -y --no-install-recommends install \
    ca-certificates "${names[@]}"; } >"$SCRATCH/out" 2>&1 ||
    die "cannot install ${names[*]}: $(tail -n 2 "$SCRATCH/out" | tr '\n' ' '); use an image built from images/"
}

# write_file PATH MODE: standard input becomes the file, unless it is that already. Sets CHANGED, but not in a pipe.
write_file() {
  [[ -d ${1%/*} ]] || install -d -m 0755 -- "${1%/*}"
  cat >"$SCRATCH/file"
  if cmp -s "$SCRATCH/file" "$1" && [[ $(stat -c %a "$1") == "${2#0}" ]]; then return 0; fi
  install -m "$2" "$SCRATCH/file" "$1"
  CHANGED=yes
}

# only_one: two runs on one machine take turns, so that a timer never meets the first boot.
only_one() {
  step 'wait for another run on this machine'
  exec 9>>"$STATE/lock"
  flock -w "$WAIT_SECONDS" 9 || die "another run still holds $STATE/lock after $WAIT_SECONDS s"
}

# run COMMAND...: a command bounded in time; its output goes to this log.
run() { timeout --kill-after=30 "$COMMAND_SECONDS" "$@" 9>&-; }

# install_program: keeps these functions as a program that the units call.
install_program() {
  { printf '#!/usr/bin/env bash\n# Written by the bootstrap from its own functions.\nset -Eeuo pipefail\numask 077\n'
    printf 'NODE_KIND=%q\n' "$NODE_KIND"
    declare -f
    printf 'begin\n"$@"\n'
  } | write_file "$PROGRAM" 0755
}

# install_timer NAME DESCRIPTION EVERY FUNCTION
install_timer() {
  CHANGED=no
  write_file "/etc/systemd/system/$1.service" 0644 <<UNIT
[Unit]
Description=$2
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=$PROGRAM $4
TimeoutStartSec=3600
UNIT
  write_file "/etc/systemd/system/$1.timer" 0644 <<UNIT
[Unit]
Description=$2, every $3

[Timer]
OnActiveSec=$3
OnUnitInactiveSec=$3
RandomizedDelaySec=30

[Install]
WantedBy=timers.target
UNIT
  enable_unit "$1.timer"
}

enable_unit() {
  if [[ $CHANGED == yes ]]; then run systemctl daemon-reload; fi
  systemctl is-enabled --quiet "$1" && systemctl is-active --quiet "$1" && [[ $CHANGED == no ]] && return
  run systemctl enable --now "$1"
}

# begin: everything a run needs before its first step; also the start of the installed program.
begin() {
  settings
  trap 'on_error $? "$BASH_COMMAND"' ERR
  trap 'on_exit $?' EXIT
  trap 'LAST_ERROR="stopped by a signal"; exit 143' TERM INT HUP
  ((EUID == 0)) || die 'this script needs root'
  SCRATCH=$(mktemp -d "$([[ -w /run ]] && echo /run || echo /tmp)/chef-hub.XXXXXX") # secrets pass through: in memory
  install -d -m 0755 "$STATE" # nginx answers for the certificate from a folder in it
  step 'check the tools'
  require_tools aws curl jq openssl
  step 'read the contract'
  read_contract
  step 'read the identity from IMDSv2'
  wait_for "IMDSv2 at $IMDS" "$(smaller 120 "$WAIT_SECONDS")" read_identity
  NODE=$NODE_KIND
  [[ $NODE_KIND != worker ]] || NODE=worker-$INSTANCE
  whole_contract || first_contract
}
