# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# What a node learns and tells: instance metadata, the contract, AWS, and the facts of other nodes in SSM and Cloud Map.

# aws_call ARGUMENTS...: the AWS CLI with attempts, growing pauses and a deadline. Output goes to $SCRATCH/out.
# Returns 4 at once when the thing asked for does not exist, 1 when all attempts failed; LAST_ERROR says why.
aws_call() {
  local end pause=1 limit
  end=$(($(uptime_seconds) + RETRY_SECONDS))
  if ((DEADLINE > 0 && DEADLINE < end)); then end=$DEADLINE; fi
  while :; do
    # The CLI alone takes seconds to start on a small instance: at a deadline the last attempt gets 5 of them.
    limit=$(seconds_left "$end")
    limit=$(smaller "$CALL_SECONDS" "$((limit > 5 ? limit : 5))")
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

# whole_contract: launch data may say no more than what never changes, where the contract is and for whom.
whole_contract() { jq -e '.chef_hub | has("hub")' "$CONTRACT" >/dev/null; }

read_contract() {
  local kind
  [[ -r $CONTRACT ]] || die "the contract $CONTRACT is missing: the user data's first part writes it"
  PREFIX=$(contract parameter_prefix)
  kind=$(contract node_kind)
  [[ $kind == "$NODE_KIND" ]] || die "the contract is for a $kind, this script for a $NODE_KIND"
  whole_contract || return 0
  BUCKET=$(contract bootstrap_bucket)
  case $(contract chef_distribution) in
  chef)
    CHEF=chef SERVER_ETC=/etc/opscode SERVER_OPT=/opt/opscode
    export CHEF_LICENSE=accept-silent # choosing this distribution accepts Chef's licence; see the docs
    ;;
  *) CHEF=cinc SERVER_ETC=/etc/cinc-project SERVER_OPT=/opt/cinc-project ;;
  esac
  CHEF_ETC=/etc/$CHEF
}

get_parameter() { # NAME [OPTIONS]: prints the value
  aws_call ssm get-parameter --name "$PREFIX/$1" "${@:2}" --output json || return
  jq -j .Parameter.Value "$SCRATCH/out"
}

# usable_contract: is what lies at $SCRATCH/published a contract of this deployment, as far as these scripts read it?
usable_contract() {
  local problem
  problem=$(jq -r --arg prefix "$PREFIX" '.chef_hub | [
      (if .parameter_prefix != $prefix then "parameter_prefix is not \($prefix)" else empty end),
      (if .chef_distribution != "cinc" and .chef_distribution != "chef" then "chef_distribution" else empty end),
      (if any(.services.chef_server.id, .bootstrap_bucket, .region; (type != "string") or . == "")
        then "services, bootstrap_bucket or region" else empty end),
      (if (.hub | type) != "object" then "hub" else empty end)] | join(", ")' "$SCRATCH/published" 2>&1) || true
  [[ -n $problem || ! -s $SCRATCH/published ]] || return 0
  LAST_ERROR="what stands at $PREFIX/contract is no contract of this deployment: ${problem:-it is empty}"
  return 1
}

# published_contract: the deployment's contract, usable, at $SCRATCH/published. LAST_ERROR says why it is not.
published_contract() {
  local code=0
  get_parameter contract >"$SCRATCH/published" || code=$?
  ((code != 4)) || LAST_ERROR="there is no parameter $PREFIX/contract"
  ((code == 0)) && usable_contract
}

# take_contract: what was published, with what this node is itself, becomes the contract. TAKEN: was it another one?
take_contract() {
  TAKEN=no
  jq --arg kind "$NODE_KIND" '{chef_hub: (.chef_hub + {node_kind: $kind})}' "$SCRATCH/published" >"$SCRATCH/contract"
  if jq -en --slurpfile old "$CONTRACT" --slurpfile new "$SCRATCH/contract" '$old == $new' >/dev/null; then return 0; fi
  install -m 0600 "$SCRATCH/contract" "$CONTRACT.new"
  mv -f "$CONTRACT.new" "$CONTRACT"
  TAKEN=yes
  read_contract
}

# first_contract: where the launch data only names the parameter, nothing can begin before its value is here.
first_contract() {
  step 'fetch the contract'
  wait_for "the contract at $PREFIX/contract, which the stack publishes," "$WAIT_SECONDS" published_contract
  take_contract
}

# refresh_contract: settings change while nodes run, and user data is read at the first boot only. Without a usable
# contract in SSM, a node goes on with what it knows.
refresh_contract() {
  step 'refresh the contract'
  local RETRY_SECONDS=10
  if ! published_contract; then
    log "keeping the contract in $CONTRACT: $LAST_ERROR"
    LAST_ERROR=''
    return 0
  fi
  take_contract
  [[ $TAKEN == no ]] || log "settings have changed: $CONTRACT is that of $PREFIX/contract now"
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
  case $1 in
  converged) count_run 0 ;;
  failed) count_run 1 ;;
  esac
}

# count_run 0|1: the metric behind the alarms on failed and missing runs. One attempt: no node stops for want of it.
count_run() {
  local RETRY_SECONDS=0 DEADLINE=0
  aws_call cloudwatch put-metric-data --namespace JupyterHub/ChefHub --metric-name FailedRuns --unit Count \
    --value "$1" --dimensions "Deployment=$PREFIX" || log "no metric: $LAST_ERROR" >&2
  LAST_ERROR=''
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
