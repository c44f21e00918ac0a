# shellcheck shell=bash
# Runs as root on the first boot of a lab instance, after the lines that wrote the instance's settings.
# Everything else is in the AMI; this only hands over the settings and waits until the hub answers.

readonly settings=/etc/jupyterhub-lab/instance.json
readonly service=jupyterhub-lab.service
readonly deadline_seconds="${LAB_BOOT_DEADLINE_SECONDS:-600}"

# To cloud-init's log, and to the journal, which goes to the log group.
say() {
  printf 'lab first boot: %s\n' "$*"
  logger --tag lab-first-boot -- "$*" || true
}

fail() {
  say "failed: $*" >&2
  say "$(systemctl --no-pager --lines=5 status 'jupyterhub-lab*' 2>&1 | tail -c 3000)" >&2
  exit 1
}

if ! systemctl cat "$service" >/dev/null 2>&1; then
  fail "the AMI holds no $service: build it from images/, or set ami_name to one that does"
fi

say "starting $service with $settings"
systemctl enable --now "$service" || fail "$service cannot be started"

hub_port=$(sed -n 's/.*"hub_port": *\([0-9]*\).*/\1/p' "$settings")
say "waiting up to ${deadline_seconds} s for the hub on port $hub_port"
until curl --silent --fail --max-time 5 --output /dev/null "http://127.0.0.1:${hub_port}/hub/health"; do
  if ((SECONDS >= deadline_seconds)); then
    fail "the hub did not answer within ${deadline_seconds} s: see 'journalctl -u $service'"
  fi
  sleep 2
done
say "the hub answers after ${SECONDS} s"
