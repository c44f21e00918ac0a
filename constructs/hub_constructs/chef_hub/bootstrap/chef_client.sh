# shellcheck shell=bash disable=SC2034,SC2154  # common.sh and facts.sh come first and share their variables
# Nodes that run the Chef client, hub leader and workers: register once there are cookbooks, then converge.

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
# The contract comes anew with every run. Kept with the node, its lists would only ever grow: Chef joins a list on
# the command line with the one it has saved, so who is taken out of a list of users would stay in it.
blocked_normal_attributes %w(chef_hub)
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
  refresh_contract
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
