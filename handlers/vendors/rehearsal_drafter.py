"""A simulated drafter for rehearsals: no model at all, and gullible on purpose.

Whatever in the conversation sounds like an order, it obeys as far as text can: it repeats it as its own words and
claims to have done it. So what the rest of the system lets happen is what the most gullible model could make happen.
"""

from __future__ import annotations

import re

ORDER = re.compile(
    r"\b(ignore|forget|disregard|system|assistant|developer|admin|you must|you are now|instead|pretend|reply with|"
    r"respond|output|print|say|write|repeat|reveal|show|call|execute|run|use|send|set|grant|refund|upgrade|approve|"
    r"resolve|delete|translate|decode|base64|tool|function)\b",
    re.IGNORECASE,
)
GREETING = "[simulated draft] Hello, thank you for writing to us."


class GullibleDrafter:
    """Obeys everything, in words."""

    def draft(self, text: str) -> str:
        """See Drafter."""
        orders = [line.strip() for line in text.splitlines() if ORDER.search(line)]
        if not orders:
            return f"{GREETING} We are looking into it and will tell you more soon."
        return "\n".join((GREETING, "As you commanded, I have done all of this:", *orders))
