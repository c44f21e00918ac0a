# shellcheck shell=bash disable=SC2034,SC2154  # common.sh comes first and shares its variables
# The Chef Server: configures what the image holds, makes organization and administrator with secrets
# that exist here and in SSM SecureStrings only, and publishes what the other nodes wait for.
NODE_KIND=chef_server

answers() { run "$CHEF-server-ctl" user-list >"$SCRATCH/users" 2>"$SCRATCH/err" && return
  LAST_ERROR="$CHEF-server-ctl user-list: $(tail -n 1 "$SCRATCH/err")"
  return 1
}

make_certificate() {
  step 'make the server certificate'
  CERTIFICATE=/etc/chef-hub/tls/$FQDN.crt
  install -d -m 0755 /etc/chef-hub/tls
  [[ -s $CERTIFICATE && -s ${CERTIFICATE%.crt}.key ]] && return
  openssl req -x509 -newkey rsa:3072 -sha256 -nodes -days 3650 -subj "/CN=${FQDN:0:64}" \
    -addext "subjectAltName=DNS:$FQDN,DNS:$(contract services.chef_server.name).$(contract namespace),IP:$ADDRESS" \
    -keyout "$SCRATCH/key" -out "$SCRATCH/crt" 2>"$SCRATCH/err" || die "openssl: $(tail -n 1 "$SCRATCH/err")"
  install -m 0600 "$SCRATCH/key" "${CERTIFICATE%.crt}.key"
  install -m 0644 "$SCRATCH/crt" "$CERTIFICATE"
}

configure_server() {
  step 'configure the Chef Server'
  command -v "$CHEF-server-ctl" >/dev/null || die "$CHEF-server-ctl is not installed: is this the Chef Server's image?"
  CHANGED=no
  write_file "$SERVER_ETC/$CHEF-server.rb" 0640 <<RUBY
api_fqdn '$FQDN'
nginx['server_name'] = '$FQDN'
nginx['enable_non_ssl'] = false
nginx['ssl_certificate'] = '$CERTIFICATE'
nginx['ssl_certificate_key'] = '${CERTIFICATE%.crt}.key'
nginx['ssl_protocols'] = 'TLSv1.2 TLSv1.3'
RUBY
  if [[ $CHANGED == yes || ! -e $STATE/reconfigured ]]; then
    rm -f "$STATE/reconfigured"
    run "$CHEF-server-ctl" reconfigure
    touch "$STATE/reconfigured"
  fi
  wait_for 'the Chef Server to answer' "$(smaller 600 "$WAIT_SECONDS")" answers
}

# new_key NAME: a key pair on this machine; the Chef Server gets only the public half.
new_key() {
  install -d -m 0700 "$KEYS"
  [[ -s $KEYS/$1.pem ]] || { openssl genrsa -out "$SCRATCH/new.pem" 2048 2>"$SCRATCH/err" &&
    install -m 0600 "$SCRATCH/new.pem" "$KEYS/$1.pem"; }
  openssl rsa -in "$KEYS/$1.pem" -pubout -out "$KEYS/$1.pub" 2>"$SCRATCH/err"
}

# listed NAME LIST: pivotal is among the users always, so a list of users without a word tells nothing.
listed() { grep -qx "$1" "$2" || [[ ! -s $SCRATCH/users ]]; }

create_admin() {
  step 'create the administrator'
  local created=no
  [[ -e $STATE/admin-published ]] && listed "$ADMIN" "$SCRATCH/users" && return
  new_key admin
  [[ -s $KEYS/admin.password ]] || openssl rand -base64 33 | tr -d '\n' >"$KEYS/admin.password"
  if ! grep -qx "$ADMIN" "$SCRATCH/users"; then
    # user-create takes the password as an argument, where every process can read it; the API takes a file.
    jq -n --arg name "$ADMIN" --arg mail "$ADMIN@$(contract domain)" --rawfile password "$KEYS/admin.password" \
      --rawfile key "$KEYS/admin.pub" '{username: $name, display_name: "Chef hub administrator", first_name: "Chef hub",
        last_name: "administrator", email: $mail, password: $password, public_key: $key}' >"$SCRATCH/user"
    run knife raw /users --method POST --input "$SCRATCH/user" --config "$SERVER_ETC/pivotal.rb" >"$SCRATCH/out" \
      2>"$SCRATCH/err" || die "knife raw /users: $(tail -n 1 "$SCRATCH/err")"
    created=yes
  fi
  if [[ $created == no ]]; then # the user is there, but its key was lost before it was published
    run "$CHEF-server-ctl" add-user-key "$ADMIN" --key-name "chef-hub-$(date +%s)" --public-key-path "$KEYS/admin.pub" \
      >"$SCRATCH/out"
  fi
  put_parameter chef_server/admin_password SecureString "$KEYS/admin.password"
  put_parameter chef_server/admin_key SecureString "$KEYS/admin.pem"
  touch "$STATE/admin-published"
  rm -rf "$KEYS"/admin.*
}

create_organization() {
  step 'create the organization'
  run "$CHEF-server-ctl" org-list >"$SCRATCH/orgs"
  [[ -e $STATE/validator-published ]] && listed "$ORGANIZATION" "$SCRATCH/orgs" && return
  install -d -m 0700 "$KEYS"
  if ! grep -qx "$ORGANIZATION" "$SCRATCH/orgs"; then
    run "$CHEF-server-ctl" org-create "$ORGANIZATION" 'Chef hub' -a "$ADMIN" -f "$KEYS/validator.pem" >"$SCRATCH/out"
  fi
  if [[ ! -s $KEYS/validator.pem ]]; then # lost before it was published; another one counts once the server has it
    new_key validator-new
    run "$CHEF-server-ctl" add-client-key "$ORGANIZATION" "$ORGANIZATION-validator" \
      --key-name "chef-hub-$(date +%s)" --public-key-path "$KEYS/validator-new.pub" >"$SCRATCH/out"
    mv "$KEYS/validator-new.pem" "$KEYS/validator.pem"
  fi
  put_parameter chef_server/validator_key SecureString "$KEYS/validator.pem"
  touch "$STATE/validator-published"
  rm -rf "$KEYS"/validator*
}

# publish_certificate: in SSM for the nodes, in S3 for operators who have no rights there
publish_certificate() {
  put_parameter chef_server/certificate String "$CERTIFICATE"
  # One attempt: where the object is missing, S3 refuses who may not list.
  if RETRY_SECONDS=0 aws_call s3 cp --no-progress "s3://$BUCKET/chef_server/certificate.crt" "$SCRATCH/published" &&
    cmp -s "$SCRATCH/published" "$CERTIFICATE"; then return 0; fi
  must_aws s3 cp --no-progress "$CERTIFICATE" "s3://$BUCKET/chef_server/certificate.crt"
}

publish_facts() {
  step 'publish the facts'
  local service
  service=$(contract services.chef_server.id)
  registered "$ADDRESS" "$service" || must_aws servicediscovery register-instance --service-id "$service" \
    --instance-id "$INSTANCE" --attributes "AWS_INSTANCE_IPV4=$ADDRESS"
  wait_for 'its address in Cloud Map' "$(smaller 300 "$WAIT_SECONDS")" registered "$ADDRESS" "$service"
  publish_certificate
  write_fact true
}

write_fact() {
  jq -nj --arg fqdn "$FQDN" --arg address "$ADDRESS" --arg organization "$ORGANIZATION" --arg admin "$ADMIN" \
    --arg instance "$INSTANCE" --argjson ready "$1" '{ready: $ready, url: "https://\($fqdn)/organizations/\($organization)",
      fqdn: $fqdn, address: $address, organization: $organization, admin: $admin, instance: $instance} | tojson' \
    >"$SCRATCH/fact"
  put_parameter chef_server/fact String "$SCRATCH/fact"
}

# bring_up: also what the timer runs, so that a first boot that failed is tried again
bring_up() {
  only_one
  refresh_contract
  KEYS=/etc/chef-hub/keys
  export PATH=$PATH:$SERVER_OPT/bin:$SERVER_OPT/embedded/bin
  # The fact of a server that this one replaces must not send anybody to it.
  [[ -e $STATE/bootstrapped ]] || { step 'withdraw the old fact'; write_fact false; }
  make_certificate
  configure_server
  create_admin
  create_organization
  publish_facts
  step 'finish'
  if [[ ! -e $STATE/bootstrapped || -e $STATE/failed ]]; then
    publish_status converged
    touch "$STATE/bootstrapped"
    rm -f "$STATE/failed"
  fi
  log 'the Chef Server is up'
}

bootstrap() {
  begin
  step 'install the timer'
  install_program
  install_timer chef-hub-server 'Keep the Chef Server set up' 30min bring_up
  bring_up
}

bootstrap
