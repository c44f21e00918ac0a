"""Sizes as people read them."""

GIB = 1024**3


def gib(size: int) -> str:
    """Return bytes as GiB, with one decimal where it matters: ``0.5 GiB``, ``16 GiB``."""
    value = size / GIB
    return f"{value:.0f} GiB" if value >= 100 or abs(value - round(value)) < 0.05 else f"{value:.1f} GiB"
