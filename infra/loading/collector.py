"""Python's garbage collector, where a process runs for seconds and keeps what it makes to its end."""

import gc


def look_rarely() -> None:
    """Have it look for garbage rarely: to load what `./launch up` needs makes 200,000 objects, all kept."""
    gc.set_threshold(500_000, 5, 50)
