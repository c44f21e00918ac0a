#!/usr/bin/env bash
# Docker and what mounts the shared file system over TLS. The cookbooks configure both; that they are here already
# brings a new worker up sooner.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
timeout 1200 apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends \
  docker.io iptables nfs-common stunnel4
systemctl enable docker.service
docker --version
