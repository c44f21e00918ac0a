#!/usr/bin/env bash
# enter_host.sh DISK NAME SHARED PYTHON MAIN MOUNT_POINT OWN...: the first process of a host of a trial.
# Started in separate mount, UTS, IPC, network and PID namespaces. Lays the host's own disk over the
# machine's file system, then runs its services; when this process ends, everything on the host ends.
set -euo pipefail
disk=$1 name=$2 shared=$3 python=$4 main=$5 mount_point=${6:-/mnt/chef-hub}
own=("${@:7}")
((${#own[@]})) || own=(etc var usr/local)

mount --make-rprivate /
# What a host may write lies on its own disk; all else it shares with the machine, read-only by custom.
for top in "${own[@]}"; do
  mkdir -p "$disk/upper/$top" "$disk/scratch/$top"
  mount -t overlay "host-$top" -o "lowerdir=/$top,upperdir=$disk/upper/$top,workdir=$disk/scratch/$top" "/$top"
done
# /run is empty after a boot: sockets and process ids of the last one would mislead.
rm -rf "$disk/run" && mkdir -p "$disk/run/lock"
mount --bind "$disk/run" /run
mount -t tmpfs -o mode=755 mnt /mnt
mkdir -p "$mount_point"
mount --rbind "$shared" "$mount_point"

# A fresh sysfs shows this network namespace's devices; the control groups are put back onto it.
mkdir -p /mnt/cgroup
mount --rbind /sys/fs/cgroup /mnt/cgroup
mount -t sysfs sysfs /sys
mount --rbind /mnt/cgroup /sys/fs/cgroup
umount -l /mnt/cgroup
rmdir /mnt/cgroup

hostname "$name"
printf '127.0.0.1 localhost %s\n' "$name" >/etc/hosts
ip link set lo up
sysctl -q -w net.ipv4.ip_forward=1

# As the first process it takes in orphans: a shell reaps them while it waits.
"$python" "$main" "$disk/host.json" &
trap 'kill -TERM %1 2>/dev/null || true' TERM INT
wait %1 || true
wait %1 || true
