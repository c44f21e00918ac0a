#!/usr/bin/env bash
# Leaves nothing of the building instance in the image: no keys, no identity, no logs, no package lists.
set -euo pipefail
apt-get -q -y clean
rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
cloud-init clean --logs --seed
truncate --size 0 /etc/machine-id
rm -f /etc/ssh/ssh_host_*
for home in ~root ~ubuntu; do
  rm -f "$home/.ssh/authorized_keys" "$home/.bash_history"
done
find /var/log -type f -exec truncate --size 0 {} +
sync
