"""Sizes as people read them."""

MIB = 1024**2
GIB = 1024**3


def gib(size: int) -> str:
    """Return bytes as GiB with one decimal where it matters, below half a GiB as MiB: ``16 GiB``, ``0.5 GiB``, ``20 MiB``."""
    value = size / GIB
    if 0 < value < 0.45:
        return f"{size / MIB:.0f} MiB" if size >= MIB else "less than 1 MiB"
    return f"{value:.0f} GiB" if value >= 100 or abs(value - round(value)) < 0.05 else f"{value:.1f} GiB"
