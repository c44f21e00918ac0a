"""Replace instances of an older version, without ending anybody's work before a deadline that the operator sets."""
