"""The text of the records about mail: made here and nowhere else."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence

from blueprint.mail_spec import Mail

TXT_CHUNK = 255  # bytes in one character-string of a TXT record, RFC 1035 section 3.3

MTA_STS_AGES = {"testing": 86_400, "enforce": 14 * 86_400}  # seconds; weeks or more once it works (section 3.2)

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')

REVOKED = "v=DKIM1; p="  # a key that signs nothing, RFC 6376 section 3.6.1


def is_key(text: str) -> bool:
    """Tell whether a DKIM value of the spec is a key; otherwise it is the host name that a CNAME leads to."""
    return text.startswith("v=DKIM1;")


def spf(includes: Sequence[str]) -> str:
    """Return an SPF record (RFC 7208) that admits the included senders and refuses everyone else."""
    return " ".join(["v=spf1", *(f"include:{name}" for name in includes), "-all"])


def apex_spf(mail: Mail) -> str:
    """Return the domain's own SPF record: every sender whose bounces return to the domain itself."""
    includes = [known.spf_include for known in mail.known if known.spf_include]
    return spf([*includes, *mail.spf_includes])


def dmarc(policy: str, report: str) -> str:
    """Return the DMARC record (RFC 9989 section 5.3): policy, also for subdomains that do not exist, and reports."""
    return f"v=DMARC1; p={policy}; sp={policy}; np={policy}; rua=mailto:{report}"


def no_mail(domain: str, report: str) -> dict[str, str]:
    """Return the texts of a domain in whose name nobody may send: name → text."""
    return {domain: spf([]), f"_dmarc.{domain}": dmarc("reject", report), f"*._domainkey.{domain}": REVOKED}


def reports_elsewhere(domain: str, report: str) -> str:
    """Return the name where the report's receiver says that it wants reports about the domain (RFC 9990 section 4)."""
    return f"{domain}._report._dmarc.{report.rpartition('@')[2]}"


def tls_rpt(receiver: str) -> str:
    """Return the record that says where reports about failed TLS go (RFC 8460 section 3)."""
    return f"v=TLSRPTv1; rua=mailto:{receiver}"


def mta_sts(policy: str) -> str:
    """Return the record that says there is a policy (RFC 8461 section 3.1); its id changes when the policy does."""
    return f"v=STSv1; id={hashlib.sha256(policy.encode()).hexdigest()[:20]};"


def mta_sts_policy(mode: str, servers: Sequence[str]) -> str:
    """Return the policy's text (RFC 8461 section 3.2): the domain's mail servers, and for how long that holds."""
    max_age = MTA_STS_AGES[mode]
    lines = ("version: STSv1", f"mode: {mode}", *(f"mx: {server}" for server in servers), f"max_age: {max_age}")
    return "".join(f"{line}\r\n" for line in lines)


def bimi(logo: str) -> str:
    """Return the record that says where the domain's logo lies (draft-brand-indicators-for-message-identification)."""
    return f"v=BIMI1; l={logo}; a=;"


def txt_content(text: str) -> str:
    """Return the text as a TXT record's content: quoted chunks of at most 255 bytes, as the DNS carries it."""
    return " ".join(f'"{_escaped(chunk)}"' for chunk in in_chunks(text))


def in_chunks(letters: Iterable[str]) -> list[str]:
    """Return letters in chunks of at most 255 bytes; an escaped one (`\\"`, `\\195`) is a single byte."""
    chunks, room = [""], TXT_CHUNK
    for letter in letters:
        size = 1 if len(letter) > 1 else len(letter.encode())
        if size > room:
            chunks.append("")
            room = TXT_CHUNK
        chunks[-1] += letter
        room -= size
    return chunks


def txt_text(content: str) -> str:
    """Return the text that a TXT record's content, quoted chunks, stands for."""
    return "".join(re.sub(r"\\(.)", r"\1", chunk) for chunk in _QUOTED.findall(content))


def _escaped(chunk: str) -> str:
    return chunk.replace("\\", "\\\\").replace('"', '\\"')
