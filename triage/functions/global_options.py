"""Options for all functions that come too late for some (findings/firebase_functions_global_options.sh)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.model import Hit

SETS = re.compile(r"(?m)^(?:\w+\.)*setGlobalOptions\s*\(")
DEFINES = re.compile(
    r"(?m)^(?:export\s+(?:const|let|var)\s+|(?:module\.)?exports\.)(\w+)\s*=\s*"
    r"(?:(?:v2\.)?(?:https|firestore|scheduler|pubsub|database|tasks|identity|eventarc|alerts)\.)?"
    r"(?:on(?!Object)[A-Z]\w*|beforeUser\w+)\s*[(<]"  # those of Storage read the options when they are deployed
)
EXPORTS = re.compile(
    r"(?m)^(?:export\s+(?:\*(?:\s+as\s+\w+)?|\{[^}]*\})\s+from\s*|(?:module\.)?exports\.\w+\s*=\s*require\(\s*)"
    r"['\"](\.{1,2}/[^'\"]+)['\"]"
)


def global_option_hits(text: str) -> Iterator[Hit]:
    """Yield a call of setGlobalOptions (comments blanked) behind functions, or behind files that are exported again."""
    call = SETS.search(text)
    if call is None:
        return
    before = [found[1] for pattern in (DEFINES, EXPORTS) for found in pattern.finditer(text, 0, call.start())]
    if before:
        yield Hit(
            "server.options.late",
            text.count("\n", 0, call.start()) + 1,
            ", ".join(before),
            f"setGlobalOptions comes after {', '.join(before)}, which keep the defaults.",
        )
