# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# The hub's leader: registers as a Chef node once the Workstation has brought cookbooks, and converges as server.
NODE_KIND=hub_leader

bootstrap() {
  begin
  bootstrap_client
  log 'the hub leader is up'
}

bootstrap
