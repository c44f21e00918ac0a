# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# The Chef Workstation: brings the newest good bundle of cookbooks from S3 to the Chef Server, makes the
# roles, and publishes which version is live. A timer repeats it.
NODE_KIND=workstation

knife_() { run knife "$@" --config "$KNIFE_CONFIG"; }

configure_knife() {
  step 'configure knife'
  command -v knife >/dev/null || die 'knife is not installed: is this the Workstation'"'"'s image?'
  KNIFE_CONFIG=/etc/chef-hub/knife/config.rb
  install -d -m 0700 /etc/chef-hub/knife/trusted_certs
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
  LAST_ERROR="s3://$BUCKET/cookbooks/LATEST: $LAST_ERROR (hubctl cookbooks push writes it)"
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
  while read -r VERSION key sum; do
    [[ "$VERSION $SERVER_INSTANCE" == "$(cat "$STATE/live" 2>/dev/null)" ]] && return 0
    fetch_bundle "$key" "$sum" && { [[ -z $problem ]] || log "using $VERSION instead: $problem"; return 0; }
    problem=$LAST_ERROR
  done < <(jq -r '(., .previous) | select(. != null) | "\(.version) \(.key) \(.sha256)"' "$SCRATCH/pointer")
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

# refresh: also what the timer runs
refresh() {
  only_one
  wait_for_server
  configure_knife
  step 'look for cookbooks'
  wait_for "cookbooks at s3://$BUCKET/cookbooks/LATEST" "$WAIT_SECONDS" pointer_there
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
  step 'install the timer'
  install_program
  refresh
  step 'start the timer'
  install_timer chef-hub-cookbooks 'Bring the newest cookbooks to the Chef Server' 5min refresh
  log 'the Workstation is up'
}

bootstrap
