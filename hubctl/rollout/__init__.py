"""Replace instances of an older version, without ending users' work before a deadline that the operator sets."""
