"""Where hubctl writes: results to standard output, progress and errors to standard error.

Rich honours ``NO_COLOR`` and drops colour and animation when the stream is not a terminal.
"""

from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
