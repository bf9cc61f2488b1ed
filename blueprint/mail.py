"""The text of SPF and DMARC records: made here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.mail_providers import PROVIDERS
from blueprint.spec import Mail

TXT_CHUNK = 255  # bytes in one character-string of a TXT record, RFC 1035 section 3.3


def spf(includes: Sequence[str]) -> str:
    """Return an SPF record (RFC 7208) that admits the included senders and refuses everyone else."""
    return " ".join(["v=spf1", *(f"include:{name}" for name in includes), "-all"])


def apex_spf(mail: Mail) -> str:
    """Return the domain's own SPF record: every provider that bounces to the domain itself."""
    includes = (PROVIDERS[name].spf_include for name in mail.providers)
    return spf([include for include in includes if include])


def dmarc(mail: Mail) -> str:
    """Return the DMARC record (RFC 9989 section 5.3): policy, also for subdomains that do not exist, and reports."""
    policy = mail.dmarc.policy
    return f"v=DMARC1; p={policy}; sp={policy}; np={policy}; rua=mailto:{mail.dmarc.report}"


def txt_content(text: str) -> str:
    """Return the ASCII text as a TXT record's content: quoted chunks of at most 255 bytes, as the DNS carries it."""
    chunks = [text[start : start + TXT_CHUNK] for start in range(0, len(text), TXT_CHUNK)] or [""]
    return " ".join(f'"{_escaped(chunk)}"' for chunk in chunks)


def _escaped(chunk: str) -> str:
    return chunk.replace("\\", "\\\\").replace('"', '\\"')
