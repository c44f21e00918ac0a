"""What AWS allows, in one place: how names may look and how long they may be, and regions, zones and partitions.

Settings, the validation blocks of Terraform's variables, ``hubctl doctor`` and the checks before a plan all read these
tables, so that none of them refuses what another accepts. Each entry says where AWS documents it. Nothing here
imports cdktf or botocore: the regions are in ``partitions.json``, a copy of the SDK's list that a test compares with it.
"""
