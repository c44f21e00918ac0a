#!/usr/bin/env bash
# Inside fresh namespaces: raises the network, mounts the host's root, starts its services, and runs its program.
# Usage: enter.sh ROOT PYTHON SERVICES SETTINGS ENVIRONMENT PROGRAM [READ-ONLY FOLDER...]
set -euo pipefail
root=$1 python=$2 services=$3 settings=$4 environment=$5 program=$6
shift 6

ip link set lo up
ip address add 169.254.169.254/32 dev lo
hostname ip-10-30-0-10

mount --make-rprivate /
for folder in /usr "$@"; do
  mkdir -p "$root$folder"
  mount --rbind "$folder" "$root$folder"
  mount -o remount,bind,ro "$root$folder" 2>/dev/null || true # refused to who could not write there anyway
done
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -sfn /proc/self/fd "$root/dev/fd"
mount -t proc proc "$root/proc"

exec 3< <(exec "$python" -IS "$services" "$settings") # it needs no package, and starts faster without
read -r -t 120 ready <&3
[[ $ready == ready ]]

mapfile -d '' -t variables <"$environment"
exec chroot "$root" /usr/bin/env -i "${variables[@]}" bash "$program" 3<&-
