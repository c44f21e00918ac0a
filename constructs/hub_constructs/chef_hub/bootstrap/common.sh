# shellcheck shell=bash disable=SC2034  # the kinds' scripts use what is set here
# What every node's bootstrap shares. It follows the prelude that wrote the contract, and precedes the
# script of one kind of node. All of it is functions: install_program keeps them for the systemd units.
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

# aws_call ARGUMENTS...: the AWS CLI with attempts, growing pauses and a deadline. Output goes to $SCRATCH/out.
# Returns 4 at once when the thing asked for does not exist, 1 when all attempts failed; LAST_ERROR says why.
aws_call() {
  local end pause=1 limit
  end=$(($(uptime_seconds) + RETRY_SECONDS))
  if ((DEADLINE > 0 && DEADLINE < end)); then end=$DEADLINE; fi
  while :; do
    limit=$(smaller "$CALL_SECONDS" "$(seconds_left "$end")")
    ((RETRY_SECONDS > 0)) || limit=$CALL_SECONDS
    if timeout --kill-after=5 "$limit" aws --region "$REGION" "$@" >"$SCRATCH/out" 2>"$SCRATCH/err"; then
      LAST_ERROR=''
      return 0
    fi
    # A last attempt cut short by the deadline says less than the one before it.
    if [[ -s $SCRATCH/err ]]; then
      LAST_ERROR="aws $1 $2: $(tr -s '[:space:]' ' ' <"$SCRATCH/err" | tail -c 300)"
    elif [[ -z $LAST_ERROR ]]; then
      LAST_ERROR="aws $1 $2: no answer within $limit s"
    fi
    case $LAST_ERROR in
    *ParameterNotFound* | *NoSuchKey* | *'(404)'* | *'Not Found'*) return 4 ;;
    esac
    if (($(seconds_left "$end") <= pause)); then return 1; fi
    sleep "$((pause < 16 ? pause : 16)).$((RANDOM % 10))"
    pause=$((pause * 2))
  done
}

must_aws() { aws_call "$@" || die "${LAST_ERROR:-aws $1 $2 failed}"; }

# imds_get PATH: prints the value. Token by PUT first (IMDSv2); every request is bounded.
imds_get() {
  local token
  token=$(curl -sSf --noproxy '*' --max-time 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' \
    "$IMDS/latest/api/token" 2>"$SCRATCH/err") || return 1
  # The token stands in a file, not on the command line.
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" |
    curl -sSf --noproxy '*' --max-time 5 -K - "$IMDS/latest/$1" 2>"$SCRATCH/err"
}

read_identity() {
  imds_get dynamic/instance-identity/document >"$SCRATCH/identity" &&
    FQDN=$(imds_get meta-data/local-hostname) &&
    REGION=$(jq -er .region "$SCRATCH/identity") &&
    INSTANCE=$(jq -er .instanceId "$SCRATCH/identity") &&
    ADDRESS=$(jq -er .privateIp "$SCRATCH/identity") && return
  LAST_ERROR="IMDSv2 at $IMDS: $(tr -s '[:space:]' ' ' <"$SCRATCH/err" 2>/dev/null || true)"
  return 1
}

contract() { jq -er --arg missing "no .$1 in $CONTRACT" ".chef_hub.$1 // error(\$missing)" "$CONTRACT"; }

read_contract() {
  local kind
  [[ -r $CONTRACT ]] || die "the contract $CONTRACT is missing: the user data's first part writes it"
  PREFIX=$(contract parameter_prefix)
  BUCKET=$(contract bootstrap_bucket)
  kind=$(contract node_kind)
  [[ $kind == "$NODE_KIND" ]] || die "the contract is for a $kind, this script for a $NODE_KIND"
  case $(contract chef_distribution) in
  chef)
    CHEF=chef SERVER_ETC=/etc/opscode SERVER_OPT=/opt/opscode
    export CHEF_LICENSE=accept-silent # choosing this distribution accepts Chef's licence; see the docs
    ;;
  *) CHEF=cinc SERVER_ETC=/etc/cinc-project SERVER_OPT=/opt/cinc-project ;;
  esac
  CHEF_ETC=/etc/$CHEF
}

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

get_parameter() { # NAME [OPTIONS]: prints the value
  aws_call ssm get-parameter --name "$PREFIX/$1" "${@:2}" --output json || return
  jq -j .Parameter.Value "$SCRATCH/out"
}

# put_parameter NAME TYPE FILE: writes only what differs. The value travels in files of mode 0600.
put_parameter() {
  local code=0
  aws_call ssm get-parameter --name "$PREFIX/$1" --with-decryption --output json || code=$?
  ((code == 0 || code == 4)) || die "$LAST_ERROR"
  if ((code == 0)) && jq -e --arg type "$2" --rawfile value "$3" \
    '.Parameter | .Type == $type and .Value == $value' "$SCRATCH/out" >/dev/null; then return 0; fi
  jq -n --arg name "$PREFIX/$1" --arg type "$2" --rawfile value "$3" \
    '{Name: $name, Type: $type, Value: $value, Overwrite: true}' >"$SCRATCH/put"
  must_aws ssm put-parameter --cli-input-json "file://$SCRATCH/put"
  log "published $PREFIX/$1"
}

# publish_status STATE: what `hubctl nodes` shows; EXTRA is a JSON object of more facts.
publish_status() {
  jq -n --arg state "$1" --arg step "$STEP" --arg error "$LAST_ERROR" --arg kind "$NODE_KIND" \
    --arg instance "$INSTANCE" --arg at "$(date -u +%FT%TZ)" --argjson extra "$EXTRA" \
    '{state: $state, step: $step, at: $at, node_kind: $kind, instance: $instance}
      + (if $state == "failed" then {error: $error} else {} end) + $extra' >"$SCRATCH/status"
  jq -n --arg name "$PREFIX/$NODE/status" --rawfile value "$SCRATCH/status" \
    '{Name: $name, Type: "String", Value: $value, Overwrite: true}' >"$SCRATCH/put"
  aws_call ssm put-parameter --cli-input-json "file://$SCRATCH/put" || { log "no status: $LAST_ERROR" >&2; return 1; }
  log "status $1 published at $PREFIX/$NODE/status"
}

# write_file PATH MODE: standard input becomes the file, unless it is that already. Sets CHANGED.
write_file() {
  install -d -m 0755 -- "$(dirname -- "$1")"
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

# registered ADDRESS SERVICE_ID: is this address in the Cloud Map service?
registered() {
  aws_call servicediscovery list-instances --service-id "$2" --output json &&
    jq -e --arg ip "$1" 'any(.Instances[]?; .Attributes.AWS_INSTANCE_IPV4 == $ip)' "$SCRATCH/out" >/dev/null
}

server_ready() { # the Chef Server's fact, complete, and its address in Cloud Map
  get_parameter chef_server/fact >"$SCRATCH/fact" || return 1
  if ! jq -e '.ready == true' "$SCRATCH/fact" >/dev/null; then
    LAST_ERROR="the Chef Server has not finished yet"
    return 1
  fi
  registered "$(jq -r .address "$SCRATCH/fact")" "$(contract services.chef_server.id)" && return
  LAST_ERROR=${LAST_ERROR:-"the Chef Server is not in Cloud Map"}
  return 1
}

wait_for_server() {
  step 'wait for the Chef Server'
  wait_for "the Chef Server's fact at $PREFIX/chef_server/fact" "$WAIT_SECONDS" server_ready
  SERVER_URL=$(jq -er .url "$SCRATCH/fact")
  SERVER_INSTANCE=$(jq -er .instance "$SCRATCH/fact")
  get_parameter chef_server/certificate >"$SCRATCH/cert" || die "$LAST_ERROR"
}

# fetch_secret NAME FILE: a SecureString into a file of mode 0600.
fetch_secret() {
  get_parameter "$1" --with-decryption >"$SCRATCH/secret" || die "$LAST_ERROR"
  write_file "$2" 0600 <"$SCRATCH/secret"
  rm -f "$SCRATCH/secret"
}

# begin: everything a run needs before its first step; also the start of the installed program.
begin() {
  settings
  trap 'on_error $? "$BASH_COMMAND"' ERR
  trap 'on_exit $?' EXIT
  trap 'LAST_ERROR="stopped by a signal"; exit 143' TERM INT HUP
  ((EUID == 0)) || die 'this script needs root'
  SCRATCH=$(mktemp -d "$([[ -w /run ]] && echo /run || echo /tmp)/chef-hub.XXXXXX") # secrets pass through: in memory
  install -d -m 0700 "$STATE"
  step 'check the tools'
  require_tools aws curl jq openssl
  step 'read the contract'
  read_contract
  step 'read the identity from IMDSv2'
  wait_for "IMDSv2 at $IMDS" "$(smaller 120 "$WAIT_SECONDS")" read_identity
  NODE=$NODE_KIND
  [[ $NODE_KIND != worker ]] || NODE=worker-$INSTANCE
}

# --- Nodes that run the Chef client: hub leader and workers ---

live_version() { # the version of the cookbooks that the Workstation has brought to this Chef Server
  get_parameter cookbooks/live >"$SCRATCH/live" || return 1
  jq -e --arg server "$SERVER_INSTANCE" '.chef_server == $server' "$SCRATCH/live" >/dev/null && return
  LAST_ERROR='the live version is that of a Chef Server which was replaced'
  return 1
}

configure_client() {
  step 'configure the Chef client'
  command -v "$CHEF-client" >/dev/null || die "$CHEF-client is not installed: is this a client's image?"
  write_file "$CHEF_ETC/trusted_certs/chef-server.crt" 0644 <"$SCRATCH/cert"
  write_file "$CHEF_ETC/client.rb" 0644 <<RUBY
chef_server_url '$SERVER_URL'
node_name '$NODE_KIND-$INSTANCE'
client_key '$CHEF_ETC/client.pem'
validation_client_name '$ORGANIZATION-validator'
validation_key '$CHEF_ETC/validation.pem'
trusted_certs_dir '$CHEF_ETC/trusted_certs'
ssl_verify_mode :verify_peer
log_location STDOUT
RUBY
  # A key of a Chef Server that was replaced is worth nothing: register anew.
  [[ $(cat "$STATE/chef-server" 2>/dev/null) == "$SERVER_INSTANCE" ]] || rm -f "$CHEF_ETC/client.pem"
  if [[ ! -s $CHEF_ETC/client.pem ]]; then
    # Before it registers: the Workstation deletes Chef nodes that have no status.
    publish_status registering || die "$LAST_ERROR"
    fetch_secret chef_server/validator_key "$CHEF_ETC/validation.pem"
  fi
}

run_client() {
  local role
  role=$([[ $NODE_KIND == hub_leader ]] && echo server || echo worker)
  step "run the Chef client with role[$role]"
  run "$CHEF-client" --once --no-color --config "$CHEF_ETC/client.rb" --json-attributes "$CONTRACT" \
    --runlist "role[$role]"
  rm -f "$CHEF_ETC/validation.pem"
  printf '%s\n' "$SERVER_INSTANCE" | write_file "$STATE/chef-server" 0600
  EXTRA=$(jq -c --arg role "$role" '{role: $role, cookbooks: .version}' "$SCRATCH/live")
  publish_status converged
  rm -f "$STATE/failed"
}

# converge: also what the timer runs
converge() {
  only_one
  wait_for_server
  step 'wait for the Workstation'
  wait_for "the cookbooks at $PREFIX/cookbooks/live" "$WAIT_SECONDS" live_version
  configure_client
  run_client
}

bootstrap_client() {
  # Before the first converge: should that fail, the timer tries again.
  step 'install the timer'
  install_program
  install_timer chef-hub-converge 'Converge this Chef node' 15min converge
  converge
}
