"""The Lab of this machine: a package, so that what its tests share is gone before the next folder starts its hosts."""
