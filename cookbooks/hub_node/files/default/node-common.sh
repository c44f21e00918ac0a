#!/usr/bin/env bash
# Sourced by the programs of the cookbooks: log lines, bounded AWS calls, the instance metadata service.
# systemd hands over the settings of /etc/chef-hub/environment.
set -euo pipefail
shopt -s inherit_errexit # a failure inside $(...) is one, too
umask 077
export AWS_PAGER=''

log() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { log "error: $*"; exit 1; }

# need NAME...: settings without which the program cannot run
need() {
  local name missing=()
  for name in "$@"; do
    [[ -n "${!name:-}" ]] || missing+=("$name")
  done
  ((${#missing[@]} == 0)) || die "${missing[*]} not set: run by systemd, with /etc/chef-hub/environment"
}

# with_retries WHAT SECONDS COMMAND...: attempts with growing pauses until the deadline
with_retries() {
  local what=$1 deadline=$((SECONDS + $2)) pause=1
  shift 2
  until "$@"; do
    ((SECONDS + pause < deadline)) || { log "gave up: $what"; return 1; }
    sleep "$pause"
    pause=$((pause < 16 ? pause * 2 : 16))
  done
}

# call_aws ARGUMENTS...: one bounded call, its answer as JSON
call_aws() { timeout --kill-after=5 "${CHEF_HUB_CALL_SECONDS:-30}" aws --region "$AWS_REGION" "$@" --output json; }

# metadata PATH: a value of the instance metadata service (IMDSv2); the token stays off the command line
metadata() {
  local endpoint=${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254} token
  endpoint=${endpoint%/}
  token=$(curl --silent --show-error --fail --noproxy '*' --max-time 5 --request PUT \
    --header 'X-aws-ec2-metadata-token-ttl-seconds: 300' "$endpoint/latest/api/token") || return 1
  printf 'header = "X-aws-ec2-metadata-token: %s"\n' "$token" |
    curl --silent --show-error --fail --noproxy '*' --max-time 5 --config - "$endpoint/latest/$1"
}

# put_fact NAME VALUE: publishes a plain fact below the prefix; what is published already is left alone
put_fact() {
  local name=$CHEF_HUB_PREFIX/$1
  if [[ $(call_aws ssm get-parameter --name "$name" 2>/dev/null | jq -r '.Parameter.Value // empty') == "$2" ]]; then
    return 0
  fi
  call_aws ssm put-parameter --name "$name" --type String --overwrite --value "$2" >/dev/null
}
