"""Whether the program is loaded fast: only where the environment asks for it, as the rehearsal's does.

See docs/adr/0017-fast-loading.md.
"""

from __future__ import annotations

from collections.abc import Mapping

VARIABLE = "LAUNCH_FAST_LOADING"


def is_on(environ: Mapping[str, str]) -> bool:
    """Return whether LAUNCH_FAST_LOADING is 1; without it, Pulumi and its SDKs load as they do by themselves."""
    return environ.get(VARIABLE) == "1"
