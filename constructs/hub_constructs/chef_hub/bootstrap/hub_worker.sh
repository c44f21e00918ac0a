# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# A Swarm worker: registers as a Chef node like the leader, and leaves cleanly when its instance ends.
NODE_KIND=worker

in_swarm() { [[ $(docker info --format '{{.Swarm.LocalNodeState}}' 2>/dev/null) == active ]]; }

no_servers() {
  [[ -z $(docker ps --quiet --filter label=chef-hub.kind=notebook 2>"$SCRATCH/err") ]] && return
  LAST_ERROR='notebook servers still run here'
  return 1
}

# drained WAIT: false when servers still run after it; leaving goes on all the same.
drained() { (trap - EXIT ERR; wait_for 'the leader to drain this node' "$1" no_servers); }

# leave: drain and leave the Swarm, and tell the others. Once only, whoever asks first.
leave() {
  only_one
  [[ ! -e $STATE/left ]] || { log 'has left before'; return 0; }
  step 'ask to be drained'
  run systemctl stop chef-hub-converge.timer || true
  publish_status leaving || true # the leader's keep-swarm sees it and drains
  step 'wait to be drained'
  drained "${CHEF_HUB_DRAIN_SECONDS:-300}" || log 'going on although notebook servers still run here'
  step 'leave the Swarm'
  ! in_swarm || run docker swarm leave || log 'docker swarm leave failed; the leader removes this node'
  step 'leave the Chef Server'
  # The cookbooks bring this program. Where it is missing or refused, the Workstation deletes what is left over.
  run "${CHEF_HUB_PROGRAMS:-/usr/local/lib/chef-hub}/forget-chef-node" "$NODE" || log 'the Workstation will delete this Chef node'
  step 'leave'
  publish_status left
  touch "$STATE/left"
}

# on_shutdown: a reboot is no goodbye.
on_shutdown() {
  if systemctl list-jobs --no-legend 2>/dev/null | grep -Eq '(reboot|kexec)\.target'; then
    log 'rebooting: this node stays'
    return
  fi
  leave
}

# watch_lifecycle: sees the auto scaling group end this instance while the lifecycle hook holds it, and lets go.
watch_lifecycle() {
  until [[ $(imds_get meta-data/autoscaling/target-lifecycle-state || true) == Terminated ]]; do sleep "$POLL_SECONDS"; done
  log 'the auto scaling group ends this instance'
  leave || true
  step 'let the auto scaling group go on'
  NODE='' # the status stays at what leave said
  must_aws autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --instance-id "$INSTANCE" \
    --auto-scaling-group-name "$(contract autoscaling_group)" --lifecycle-hook-name "$(contract lifecycle_hook)"
  sleep infinity # the shutdown ends this
}

# install_unit NAME DESCRIPTION: the rest of [Service] comes on standard input
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
  [[ -z $(contract lifecycle_hook) ]] || install_unit chef-hub-lifecycle 'Leave when the auto scaling group says so' <<UNIT
ExecStart=$PROGRAM watch_lifecycle
Restart=always
RestartSec=10
UNIT
}

bootstrap() {
  begin
  install_program # the units call it
  prepare_to_leave
  bootstrap_client
  log 'the worker is up'
}

bootstrap
