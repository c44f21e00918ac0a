"""Hosts of a trial on this machine: network namespaces with disks, services and Docker engines."""
