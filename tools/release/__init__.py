"""The changelog as programs read it, and the notes of a release. Needs nothing but Python."""
