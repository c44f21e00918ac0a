#!/usr/bin/env bash
# What every image holds: security updates, and the tools of the bootstrap scripts.
set -euo pipefail
: "${AWS_CLI_VERSION:?}"
export DEBIAN_FRONTEND=noninteractive

# The first boot of the building instance runs apt itself.
timeout 600 cloud-init status --wait >/dev/null || [[ $? == 2 ]] # 2: done, with recoverable errors

apt_get() { timeout 1200 apt-get -q -y -o DPkg::Lock::Timeout=300 "$@"; }
apt_get update
apt_get -o Dpkg::Options::=--force-confold dist-upgrade
apt_get install --no-install-recommends \
  ca-certificates chrony curl jq openssl python3-venv unattended-upgrades

# The distribution's own package of the AWS CLI is old, and newer releases have none.
python3 -m venv /usr/local/lib/aws-cli
/usr/local/lib/aws-cli/bin/pip install --quiet --no-cache-dir "awscli==$AWS_CLI_VERSION"
ln -sf /usr/local/lib/aws-cli/bin/aws /usr/local/bin/aws
aws --version
