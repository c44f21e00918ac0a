#!/usr/bin/env bash
# Leaves nothing of the building instance in the image: no keys, no identity, no logs, no package lists.
set -euo pipefail
apt-get -q -y clean
rm -rf /var/lib/apt/lists/* /tmp/* /var/tmp/*
cloud-init clean --logs --seed
truncate --size 0 /etc/machine-id
rm -f /etc/ssh/ssh_host_* /root/.ssh/authorized_keys /home/ubuntu/.ssh/authorized_keys
rm -f /root/.bash_history /home/ubuntu/.bash_history
find /var/log -type f -exec truncate --size 0 {} +
sync
