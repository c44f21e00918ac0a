"""What may be changed while people work: one catalogue for the page, for ``hubctl plan`` and for the tests on real hosts."""
