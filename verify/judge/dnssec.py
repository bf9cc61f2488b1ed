"""Judges DNSSEC: the chain from the DS record down (RFC 4035 section 5), and how long the signatures last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import dns.dnssec
import dns.exception
import dns.name
import dns.rdataset
from dns.name import Name
from dns.node import Node
from dns.rdataset import Rdataset
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG

from blueprint.finding import Finding
from verify.answers.delegation import Above
from verify.answers.dnssec import Gaps, Signed, Trust
from verify.judge.check import Check

ACTIVATE = "In Cloudflare, DNS → Settings → DNSSEC has to be on, and its DS record entered at the registrar."
USED_ALGORITHMS = (8, 10, 13, 14, 15, 16)  # those that validators know, RFC 8624 section 3.1
OLD_ALGORITHMS = (1, 3, 5, 6, 7, 12)  # RSA/MD5, DSA, RSA/SHA-1 and GOST: RFC 8624 section 3.1, RFC 9905, RFC 9906
RARE_ALGORITHMS = (10,)  # RSA/SHA-512: validated everywhere, not recommended for signing, RFC 8624 section 3.1
USED_DIGESTS = ("2", "4")  # SHA-256 and SHA-384, RFC 8624 section 3.3
OLD_DIGESTS = ("1", "3")  # SHA-1 and GOST R 34.11-94: RFC 8624 section 3.3, RFC 9905, RFC 9906
RARE_DIGESTS = ("5", "6")  # GOST R 34.11-2012 and SM3: RFC 9558, RFC 9563
GIVEN_UP = "which validators have given up (RFC 9905, RFC 9906)"
UNKNOWN = "which validators do not know: to them the zone is unsigned (RFC 4035 section 5.2)"
NO_GAPS = Gaps()
SOON = 8  # a signature with less than this part of its life left was not renewed in time; signers renew at a quarter


def judge_ds(zone: str, above: Above, promised: str) -> Finding:
    """Return whether the zone above holds the promised DS record and no other (RFC 4035 section 5)."""
    wanted = ds_text(promised)
    check = Check(
        "dns.dnssec.ds",
        zone,
        f"DS {wanted} in the zone above, and no other (RFC 4035 section 5)",
        "Enter this DS record at the registrar, and remove any other: `./launch checklist` shows it.",
    )
    if above.error:
        return check.unknown(above.error)
    return check.decided([ds_text(one) for one in above.ds] == [wanted], " and ".join(above.ds) or "no DS record")


def judge_chain(
    zone: str, trust: Trust, keys: Sequence[Signed], data: Iterable[Signed], gaps: Gaps = NO_GAPS
) -> Finding:
    """Return whether what the zone's servers answered is signed by keys that a trusted DS record names.

    `keys` are the DNSKEY sets by server; `gaps` tells of the servers that gave none.
    """
    check = Check(
        "dns.dnssec.chain",
        zone,
        "the DS record names a key, that key signs the keys, and they sign the records (RFC 4035 section 5)",
        f"{ACTIVATE} A DS record without its key makes the domain vanish for every resolver that validates.",
    )
    if not keys:
        return _unsigned(check, trust, gaps)
    known = _keys(keys)
    if useless := _useless(known, trust.ds):
        return check.warned(useless)
    tags = sorted({dns.dnssec.key_id(key) for key in known})
    fine = f"signed by key {' and '.join(map(str, tags))}"
    if faults := _faults(zone, trust.ds, keys, data, gaps):
        return check.decided(False, "; ".join(dict.fromkeys(faults)), "\n".join(trust.ds))
    if gaps.silent:
        return check.unknown(gaps.silent)
    if weak := _weak(known, trust):
        return check.warned(f"{fine}; {weak}")
    return check.decided(True, fine, "\n".join(trust.ds))


def _unsigned(check: Check, trust: Trust, gaps: Gaps) -> Finding:
    if gaps.silent:
        return check.unknown(gaps.silent)
    unsigned = "the zone is not signed"
    return check.decided(False, unsigned) if trust.ds or trust.promised else check.warned(unsigned)


def _faults(zone: str, trusted: Sequence[str], keys: Sequence[Signed], data: Iterable[Signed], gaps: Gaps) -> list[str]:
    """Return what a validator stumbles over, in sentences."""
    known = _keys(keys)
    faults = [fault for one in keys if (fault := _broken_key(zone, one, trusted))]
    faults += [fault for one in data if (fault := _broken(one, known))]
    return [*faults, *(f"{where} says that the zone has no keys, others have some" for where in gaps.without)]


def judge_lifetime(zone: str, data: Iterable[Signed], now: datetime) -> Finding:
    """Return whether all signatures seen are valid now, and will be renewed in time (RFC 6781 section 4.4.2)."""
    check = Check(
        "dns.dnssec.lifetime",
        zone,
        f"signatures that are valid now, with more than 1/{SOON} of their life left (RFC 6781 section 4.4.2)",
        "The zone's signer has stopped: ask the DNS provider, and take the DS record out at the registrar until it "
        "signs again.",
    )
    moment = now.timestamp()
    seen = [(one, signature) for one in data for signature in one.signatures]
    outside = [f"{one.title}: {_span(each)}" for one, each in seen if not each.inception <= moment <= each.expiration]
    ending = [
        f"{one.title}: {_span(each)}"
        for one, each in seen
        if (each.expiration - moment) * SOON < each.expiration - each.inception
    ]
    if outside:
        return check.decided(False, "; ".join(dict.fromkeys(outside)))
    if ending:
        return check.warned("; ".join(dict.fromkeys(ending)))
    first = min((each.expiration for _, each in seen), default=0)
    return check.decided(bool(seen), f"the first of {len(seen)} ends {_moment(first)}" if seen else "no signature")


def _useless(keys: Sequence[DNSKEY], trusted: Sequence[str]) -> str:
    """Return why validators take the zone for unsigned, though it is signed; nothing when they do not."""
    algorithms = {int(key.algorithm) for key in keys}
    if not algorithms & {*USED_ALGORITHMS}:
        return f"signed by {_listed('algorithm', algorithms, OLD_ALGORITHMS)}"
    digests = {_digest(one) for one in trusted}
    if trusted and not digests & {*USED_DIGESTS}:
        return f"the DS record has {_listed('digest type', digests, OLD_DIGESTS)}"
    return ""


def _weak(keys: Sequence[DNSKEY], trust: Trust) -> str:
    """Return what should not be there beside what holds; nothing when all is as recommended."""
    if trust.absent and not trust.promised:
        return "but the zone above has no DS record, so no resolver looks at the signatures: enter it at the registrar"
    algorithms = {int(key.algorithm) for key in keys}
    further = algorithms - {*USED_ALGORITHMS}
    digests = {_digest(one) for one in trust.ds} - {*USED_DIGESTS, *RARE_DIGESTS}
    rare = sorted(algorithms & {*RARE_ALGORITHMS})
    return "; ".join(
        [
            *([f"a key also has {_listed('algorithm', further, OLD_ALGORITHMS)}"] if further else []),
            *(f"algorithm {each} is not recommended for signing (RFC 8624 section 3.1)" for each in rare),
            *([f"a DS record also has {_listed('digest type', digests, OLD_DIGESTS)}; remove it"] if digests else []),
        ]
    )


def _listed(kind: str, found: Iterable[int | str], old: Sequence[int | str]) -> str:
    """Return numbers of a registry in a sentence, with what validators make of them."""
    numbers = sorted(found, key=int)
    return f"{kind} {' and '.join(map(str, numbers))}, {GIVEN_UP if {*numbers} <= {*old} else UNKNOWN}"


def _digest(ds: str) -> str:
    return ds_text(ds).split()[2]


def _broken_key(zone: str, keys: Signed, trusted: Sequence[str]) -> str:
    """Return what is wrong with a server's keys, nothing when a trusted DS names one that signs them all."""
    named = [key for key in _keys([keys]) if not trusted or _names(zone, key) & {ds_text(one) for one in trusted}]
    if not named:
        return f"no key at {keys.where} is the one that the DS record names"
    return _broken(keys, named)


def _broken(signed: Signed, keys: Sequence[DNSKEY]) -> str:
    """Return what is wrong with a record set's signatures, whenever they are valid; their time is judged apart."""
    if not signed.signatures:
        return f"{signed.title} came without a signature from {signed.where}"
    if any(_verifies(signed, signature, keys) for signature in signed.signatures):
        return ""
    return f"no signature of {signed.title} from {signed.where} is valid"


def _verifies(signed: Signed, signature: RRSIG, keys: Sequence[DNSKEY]) -> bool:
    by_signer: dict[Name, Node | Rdataset] = {signature.signer: dns.rdataset.from_rdata_list(0, list(keys))}
    try:
        dns.dnssec.validate_rrsig(signed.records, signature, by_signer, now=signature.inception)
    except (dns.exception.DNSException, ValueError):
        return False
    return True


def _keys(sets: Iterable[Signed]) -> list[DNSKEY]:
    return [key for one in sets for key in one.records if isinstance(key, DNSKEY)]


def _names(zone: str, key: DNSKEY) -> set[str]:
    """Return the DS records that would name a key, for each digest that is in use (RFC 8624 section 3.3)."""
    return {ds_text(_ds(zone, key, digest).to_text()) for digest in ("SHA256", "SHA384")}


def _ds(zone: str, key: DNSKEY, digest: str) -> DS:
    return dns.dnssec.make_ds(dns.name.from_text(zone), key, digest)


def _span(signature: RRSIG) -> str:
    return f"valid from {_moment(signature.inception)} to {_moment(signature.expiration)}"


def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"


def ds_text(text: str) -> str:
    """Return the data of a DS record in presentation format, with its owner or without, in one form."""
    parts = text.upper().split()
    data = parts[parts.index("DS") + 1 :] if "DS" in parts else parts
    return " ".join([*data[:3], "".join(data[3:])])
