# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# The Chef Workstation: brings the newest good bundle of cookbooks from S3 to the Chef Server, makes the
# roles, and publishes which version is live. A timer repeats it.
NODE_KIND=workstation

knife_() { run knife "$@" --config "$KNIFE_CONFIG"; }

configure_knife() {
  step 'configure knife'
  command -v knife >/dev/null || die 'knife is not installed: is this the Workstation'"'"'s image?'
  KNIFE_CONFIG=/etc/chef-hub/knife/config.rb
  install -d -m 0700 /etc/chef-hub/knife /etc/chef-hub/knife/trusted_certs
  write_file /etc/chef-hub/knife/trusted_certs/chef-server.crt 0644 <"$SCRATCH/cert"
  fetch_secret chef_server/admin_key /etc/chef-hub/knife/admin.pem
  write_file "$KNIFE_CONFIG" 0600 <<RUBY
node_name '$ADMIN'
client_key '/etc/chef-hub/knife/admin.pem'
chef_server_url '$SERVER_URL'
trusted_certs_dir '/etc/chef-hub/knife/trusted_certs'
ssl_verify_mode :verify_peer
RUBY
  knife_ ssl check >"$SCRATCH/out" 2>&1 || die "knife ssl check: $(tail -n 1 "$SCRATCH/out")"
}

pointer_there() { aws_call s3 cp --no-progress "s3://$BUCKET/cookbooks/LATEST" "$SCRATCH/pointer" && return
  [[ $LAST_ERROR == *hubctl* ]] || LAST_ERROR="$LAST_ERROR; hubctl cookbooks push writes it"
  return 1
}

# fetch_bundle KEY SHA256: the bundle, checked, at $SCRATCH/bundle
fetch_bundle() {
  aws_call s3 cp --no-progress "s3://$BUCKET/$1" "$SCRATCH/bundle" || return 1
  [[ $(sha256sum "$SCRATCH/bundle" | cut -d' ' -f1) == "$2" ]] && return
  LAST_ERROR="s3://$BUCKET/$1 does not have the checksum $2 of the pointer"
  return 1
}

# choose_bundle: the version that LATEST names or, when that one is damaged, the last good one before it.
choose_bundle() {
  local key sum problem=''
  jq -r '(., .previous) | select(. != null) | "\(.version) \(.key) \(.sha256)"' "$SCRATCH/pointer" \
    >"$SCRATCH/releases" || die "s3://$BUCKET/cookbooks/LATEST is not the pointer that hubctl cookbooks push writes"
  while read -r VERSION key sum; do
    [[ "$VERSION $SERVER_INSTANCE" == "$(cat "$STATE/live" 2>/dev/null)" ]] && return 0
    fetch_bundle "$key" "$sum" && { [[ -z $problem ]] || log "using $VERSION instead: $problem"; return 0; }
    problem=$LAST_ERROR
  done <"$SCRATCH/releases"
  die "no usable bundle of cookbooks: ${problem:-the pointer s3://$BUCKET/cookbooks/LATEST cannot be read}"
}

install_bundle() {
  local role file
  step "install cookbooks $VERSION"
  rm -rf "$SCRATCH/tree"
  mkdir "$SCRATCH/tree"
  tar -xzf "$SCRATCH/bundle" -C "$SCRATCH/tree" --no-same-owner
  knife_ cookbook upload --all --cookbook-path "$SCRATCH/tree/cookbooks" || die 'knife cookbook upload failed'
  for role in server worker; do
    file=$(find "$SCRATCH/tree/roles" -name "$role.json" -o -name "$role.rb")
    file=${file%%$'\n'*}
    [[ -n $file ]] || die "the bundle $VERSION has no role $role"
    knife_ role from file "$file" || die "knife role from file $role failed"
  done
}

publish_live() {
  step 'publish the live version'
  jq -nj --arg version "$VERSION" --arg server "$SERVER_INSTANCE" '{version: $version, chef_server: $server} | tojson' \
    >"$SCRATCH/live"
  put_parameter cookbooks/live String "$SCRATCH/live"
  EXTRA=$(jq -n --arg version "$VERSION" '{cookbooks: $version}')
}

# gone NAMES...: prints those Chef nodes whose instance has withdrawn its status, as it or the leader does
# when it is gone. One that registers just now has published a status before.
gone() {
  local name
  aws_call ssm get-parameters --names "${@/#/$PREFIX/}" --output json || return 1
  for name in $(jq -r '.InvalidParameters[]' "$SCRATCH/out"); do
    name=${name#"$PREFIX"/}
    echo "${name%/status}"
  done
}

# forget_gone: deletes the Chef nodes and clients of workers that are gone. Only the administrator may delete
# another node's client. Nothing is deleted as long as the statuses cannot be read.
forget_gone() {
  step 'forget workers that are gone'
  local names name
  { knife_ node list && knife_ client list; } >"$SCRATCH/list" || { log 'knife cannot list the nodes'; return 0; }
  names=$(grep -E '^worker-i-[0-9a-f]+$' "$SCRATCH/list" | sort -u || true)
  while [[ -n $names ]]; do # SSM answers for ten at a time
    # shellcheck disable=SC2046  # one argument a name
    gone $(head -n 10 <<<"$names" | sed 's|$|/status|') >"$SCRATCH/gone" || { log "$LAST_ERROR"; LAST_ERROR=''; return 0; }
    for name in $(<"$SCRATCH/gone"); do
      knife_ node delete "$name" --yes || log "the Chef node $name is gone already"
      knife_ client delete "$name" --yes || log "the Chef client $name is gone already"
      log "forgot $name"
    done
    names=$(tail -n +11 <<<"$names")
  done
}

# allow_leader: the leader may delete the Chef nodes and clients of workers that died. Not as a member of admins: who
# takes the leader, which faces the Internet, could then change what every node runs as root. What is made in a
# container takes its permissions over from it, so this holds for the workers that register from now on.
allow_leader() {
  step 'let the leader forget workers'
  local leader
  get_parameter hub_leader/status >"$SCRATCH/leader" || { LAST_ERROR=''; return 0; } # none yet
  leader=hub_leader-$(jq -r .instance "$SCRATCH/leader")
  [[ "$leader $SERVER_INSTANCE" != "$(cat "$STATE/leader" 2>/dev/null)" ]] || return 0
  grep -qxF "$leader" "$SCRATCH/list" || return 0 # it has not registered yet
  make_keeper "$leader" || { log "$leader may not delete other Chef nodes yet; this Workstation does it"; return 0; }
  forget_leaders "$leader"
  printf '%s %s\n' "$leader" "$SERVER_INSTANCE" | write_file "$STATE/leader" 0600
  log "$leader may delete the Chef nodes of workers"
}

make_keeper() { # CLIENT; knife leaves alone what is so already
  local keepers=worker-keepers
  knife_ group list >"$SCRATCH/groups" &&
    { grep -qxF "$keepers" "$SCRATCH/groups" || knife_ group create "$keepers"; } &&
    knife_ group add client "$1" "$keepers" &&
    knife_ acl add group "$keepers" containers nodes delete &&
    knife_ acl add group "$keepers" containers clients delete
}

# forget_leaders LEADER: leaders that this one replaced; their keys must open nothing any more
forget_leaders() {
  local name
  for name in $(grep -E '^hub_leader-i-[0-9a-f]+$' "$SCRATCH/list" | grep -vxF "$1" | sort -u || true); do
    knife_ node delete "$name" --yes || log "the Chef node $name is gone already"
    knife_ client delete "$name" --yes || log "the Chef client $name is gone already"
    log "forgot $name"
  done
}

# refresh: also what the timer runs
refresh() {
  only_one
  refresh_contract
  wait_for_server
  configure_knife
  step 'look for cookbooks'
  wait_for "cookbooks at s3://$BUCKET/cookbooks/LATEST" "$WAIT_SECONDS" pointer_there
  forget_gone
  allow_leader
  step 'look for cookbooks'
  choose_bundle
  if [[ "$VERSION $SERVER_INSTANCE" == "$(cat "$STATE/live" 2>/dev/null)" && ! -e $STATE/failed ]]; then
    log "cookbooks $VERSION are live"
    return
  fi
  touch "$STATE/failed" # until all of it has worked
  [[ "$VERSION $SERVER_INSTANCE" == "$(cat "$STATE/live" 2>/dev/null)" ]] || install_bundle
  publish_live
  printf '%s %s\n' "$VERSION" "$SERVER_INSTANCE" >"$STATE/live"
  publish_status converged
  rm -f "$STATE/failed"
}

bootstrap() {
  begin
  # Before the first refresh: should that fail, the timer tries again.
  step 'install the timer'
  install_program
  install_timer chef-hub-cookbooks 'Bring the newest cookbooks to the Chef Server' 5min refresh
  refresh
  log 'the Workstation is up'
}

bootstrap
