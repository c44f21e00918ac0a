"""The second day: a package, so that its people go home before the next folder's tests."""
