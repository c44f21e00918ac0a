# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# A Swarm worker: registers as a Chef node like the leader, waits in a warm pool, and leaves cleanly when its instance ends.
NODE_KIND=worker

in_swarm() { [[ $(docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null) == active ]]; }

no_servers() {
  [[ -z $(docker ps --quiet --filter label=chef-hub.kind=notebook 2>"$SCRATCH/err") ]] && return
  LAST_ERROR='notebook servers still run here'
  return 1
}

# drained WAIT: false when servers still run after it
drained() { (trap - EXIT ERR; wait_for 'the leader to drain this node' "$1" no_servers); }

program() { printf '%s/%s' "${CHEF_HUB_PROGRAMS:-/usr/local/lib/chef-hub}" "$1"; }

leave_swarm() {
  step 'ask to be drained'
  run systemctl stop chef-hub-converge.timer || true
  publish_status leaving || true
  step 'wait to be drained'
  drained "${CHEF_HUB_DRAIN_SECONDS:-300}" || log 'going on although notebook servers still run here'
  sync || true
  step 'leave the Swarm'
  ! in_swarm || run docker swarm leave || log 'docker swarm leave failed; the leader removes this node'
}

leave() {
  only_one
  [[ ! -e $STATE/left ]] || { log 'has left before'; return 0; }
  leave_swarm
  step 'leave the Chef Server'
  # Where the program is missing or refused, the Workstation deletes what is left over.
  run "$(program forget-chef-node)" "$NODE" || log 'the Workstation will delete this Chef node'
  step 'leave'
  publish_status left
  touch "$STATE/left"
}

on_shutdown() {
  if systemctl list-jobs --no-legend 2>/dev/null | grep -Eq '(reboot|kexec)\.target'; then
    log 'rebooting: this node stays'
    return
  fi
  case $(target_state) in
  Terminated | Warmed:Terminated) leave ;;
  Warmed:*) go_to_pool ;;
  *) [[ $(place) == pool ]] || leave ;;
  esac
}

watch_lifecycle() {
  local target release=60 node=$NODE
  NODE='' # a stop of this unit tells nothing
  while :; do
    target=$(target_state)
    case $target in
    Terminated | Warmed:Terminated) let_go "$node" ;;
    Warmed:*)
      if [[ $(place) != pool ]]; then
        release=60
        prepared || release=0
      fi
      if ((release > 0)); then
        release=$((release - 1))
        complete "$(hook lifecycle_hook)" || true
        complete "$(hook launching_hook)" || true
      fi
      ;;
    InService) enter_service ;;
    esac
    heed_notice "$node"
    sleep "$POLL_SECONDS"
  done
}

let_go() {
  local again=60 # a pool that is full sends it back to this hook
  log 'the auto scaling group ends this instance'
  NODE=$1 leave || true # the status stays at what this says
  step 'let the auto scaling group go on'
  must_aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --instance-id "$INSTANCE" \
    --auto-scaling-group-name "$(contract autoscaling_group)" --lifecycle-hook-name "$(contract lifecycle_hook)"
  while sleep "$POLL_SECONDS" && [[ $(target_state) == *Terminated ]]; do
    ((again == 0)) || { again=$((again - 1)) && complete "$(hook lifecycle_hook)"; } || true
  done
}

aside() {
  "$PROGRAM" "$1" || { log "$1 failed; trying again"; return 1; }
}

hook() { contract "$1" 2>/dev/null || true; }

complete() { lifecycle_call complete-lifecycle-action "$1" --lifecycle-action-result CONTINUE; }

lifecycle_call() {
  local RETRY_SECONDS=0
  [[ -n $2 ]] || return 0
  if aws_call autoscaling "$1" --instance-id "$INSTANCE" --lifecycle-hook-name "$2" \
    --auto-scaling-group-name "$(contract autoscaling_group)" "${@:3}"; then
    [[ $1 == record* ]] || log "the auto scaling group goes on: $2"
    return 0
  fi
  [[ $LAST_ERROR == *'No active Lifecycle Action'* ]] || log "$LAST_ERROR"
  LAST_ERROR=''
  return 1
}

# Warm pool and spot: docs/topics/warm-instances.md
target_state() { imds_get meta-data/autoscaling/target-lifecycle-state || true; }

place() { cat "$STATE/place" 2>/dev/null || true; }

settle_in() { printf '%s\n' "$1" | write_file "$STATE/place" 0644; }

prepared() {
  if flock --nonblock "$STATE/lock" true && aside go_to_pool; then return 0; fi
  if (($(uptime_seconds) < ${CHEF_HUB_BOOT_SECONDS:-3600})); then more_time; else give_up 'is not ready for the pool'; fi || true
  return 1
}

more_time() { lifecycle_call record-lifecycle-action-heartbeat "$(hook launching_hook)"; }

give_up() {
  log "this instance $1: another one has to come"
  lifecycle_call complete-lifecycle-action "$(hook launching_hook)" --lifecycle-action-result ABANDON
}

note_pool() {
  [[ $(target_state) != Warmed:* || $(place) == service ]] || touch "$STATE/pooled"
}

go_to_pool() {
  only_one
  [[ $(place) != pool ]] || return 0
  note_version || { NODE='' && die 'not converged yet'; }
  EXTRA=$(jq -cn --rawfile version "$STATE/converged-with" '{pool: true, cookbooks: $version}')
  if [[ $(place) == service ]] || in_swarm; then leave_swarm; fi
  touch "$STATE/pooled"
  cookbook_program clear-worker
  run systemctl start chef-hub-offer-worker.service
  publish_status pooled
  settle_in pool
}

note_version() {
  local version
  get_parameter "$NODE/status" >"$SCRATCH/status" || { LAST_ERROR='' && [[ -s $STATE/converged-with ]]; return; }
  version=$(jq -r '.cookbooks // empty' "$SCRATCH/status")
  [[ -z $version ]] || printf '%s' "$version" >"$STATE/converged-with"
  [[ -s $STATE/converged-with ]]
}

cookbook_program() {
  AWS_REGION=$REGION CHEF_HUB_PREFIX=$PREFIX CHEF_HUB_NODE=$NODE SWARM_SERVICE=$(contract services.swarm.id) \
    ADVERTISE_ADDRESS=$ADDRESS SWARM_CLUSTER_FILE=$STATE/swarm-cluster STATE_DIRECTORY=$STATE/images run "$(program "$1")"
}

enter_service() {
  [[ $(place) != service ]] || return 0
  if [[ $(place) == pool || -e $STATE/pooled ]]; then
    if outdated && give_up 'is older than the last rollout'; then
      sleep 60
      return
    fi
    aside serve || { more_time || true; return 0; }
  elif ! offers; then
    more_time || true
    return 0
  fi
  settle_in service
  complete "$(hook launching_hook)" || true
}

outdated() {
  local RETRY_SECONDS=10
  get_parameter swarm/outdated >"$SCRATCH/outdated" || { LAST_ERROR='' && return 1; }
  jq -e --arg own "$INSTANCE" 'index($own) != null' "$SCRATCH/outdated" >/dev/null
}

offers() { [[ ! -e $STATE/pooled && -s $STATE/images/notebook ]]; }

serve() {
  only_one
  TAKEN=no
  rm -f "$STATE/pooled" "$STATE/leaving-at"
  refresh_contract
  if unchanged; then
    step 'join the Swarm'
    cookbook_program join-swarm
    EXTRA=$(jq -cn --rawfile version "$STATE/converged-with" '{role: "worker", cookbooks: $version}')
    publish_status converged
  else
    wait_for_server
    step 'wait for the Workstation'
    wait_for "the cookbooks at $PREFIX/cookbooks/live" "$WAIT_SECONDS" live_version
    configure_client
    run_client
  fi
  step 'offer this worker'
  run systemctl start chef-hub-offer-worker.service
  offers || die 'this worker offers no image'
  run systemctl start chef-hub-converge.timer || true
}

unchanged() {
  if [[ -e $STATE/left ]]; then # it was to end, and came back: its Chef node is gone
    rm -f "$STATE/left" "$CHEF_ETC/client.pem"
    return 1
  fi
  [[ $TAKEN == no && -s $STATE/converged-with ]] || return 1
  get_parameter cookbooks/live >"$SCRATCH/live" || { LAST_ERROR='' && return 0; }
  jq -e --rawfile version "$STATE/converged-with" '.version == $version' "$SCRATCH/live" >/dev/null
}

heed_notice() {
  local at
  if [[ ! -e $STATE/leaving-at ]]; then
    at=$(imds_get meta-data/spot/instance-action | jq -er '.time | select(test("^[0-9T:-]{19}Z$"))' 2>/dev/null) || return 0
    log "AWS takes this instance back at $at"
    printf '%s\n' "$at" >"$STATE/leaving-at"
    systemctl stop chef-hub-converge.timer || true # its status would hide this one
  fi
  at=$(<"$STATE/leaving-at")
  [[ ! -e $STATE/left ]] || return 0
  if (($(date -d "$at" +%s) - $(date +%s) <= ${CHEF_HUB_MOVE_SECONDS:-45})); then
    NODE=$1 leave
    return
  fi
  EXTRA=$(jq -cn --arg at "$at" '{leaving_at: $at}')
  NODE=$1 publish_status interrupted || true
  EXTRA='{}'
}

# install_unit NAME DESCRIPTION <[Service]
install_unit() {
  local service
  service=$(cat)
  CHANGED=no
  write_file "/etc/systemd/system/$1.service" 0644 <<UNIT
[Unit]
Description=$2
Wants=network-online.target
After=network-online.target docker.service

[Service]
$service

[Install]
WantedBy=multi-user.target
UNIT
  enable_unit "$1.service"
}

prepare_to_leave() {
  step 'prepare to leave'
  install_unit chef-hub-leave 'Leave Swarm and Chef Server at shutdown' <<UNIT
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=$PROGRAM on_shutdown
TimeoutStopSec=600
UNIT
  [[ -z $(hook lifecycle_hook) ]] || install_unit chef-hub-lifecycle 'Leave when the auto scaling group says so' <<UNIT
ExecStart=$PROGRAM watch_lifecycle
Restart=always
RestartSec=10
UNIT
}

bootstrap() {
  begin
  install_program # the units call it
  note_pool
  prepare_to_leave
  bootstrap_client
  log 'the worker is up'
}

bootstrap
