"""Judges how safely mail reaches the domain: MTA-STS (RFC 8461), TLS reports (RFC 8460), DANE (RFC 7672)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.answers.page import Page
from verify.judge.check import Check
from verify.mail import mta_sts, tls_rpt, tlsa
from verify.mail.mta_sts import StsError, StsPolicy
from verify.mail.nearly import nearly, told
from verify.mail.tls_rpt import TlsRptError
from verify.mail.tlsa import TlsaError

SHORTEST = 604_800  # seconds; below a week an attacker has only to wait (RFC 8461 section 3.2 speaks of weeks)
LARGEST = 65_536  # bytes of a policy, section 3.3
STS_FIX = "Set mail.mta_sts in the stack's config and run `./launch up --refresh`: it makes record, policy and host."


def policy_url(domain: str) -> str:
    """Return where the policy of a domain is (RFC 8461 section 3.3)."""
    return f"https://mta-sts.{domain}/.well-known/mta-sts.txt"


def judge_sts_record(name: str, answer: Answer) -> Finding:
    """Return whether there is one MTA-STS record, of the right form."""
    check = Check("mail.mta_sts.record", name, "one record v=STSv1 with an id (RFC 8461 section 3.1)", STS_FIX)
    almost = nearly("MTA-STS", answer.data, mta_sts.is_sts)
    return _judge_single(check, answer, mta_sts.is_sts, mta_sts.parse_id, told(almost, "v=STSv1;"))


def judge_sts_policy(domain: str, page: Page) -> tuple[Finding, StsPolicy | None]:
    """Return whether the policy file is served and can be read, and the policy when it is."""
    check = Check(
        "mail.mta_sts.policy",
        policy_url(domain),
        "200 by https with a trusted certificate and no redirect, text/plain, mode testing, or enforce with a week "
        "or more of max_age (RFC 8461 sections 3.2 and 3.3)",
        STS_FIX,
    )
    if page.error:
        return _unserved(check, page.error), None
    kind = page.headers.get("content-type", "").partition(";")[0].strip().lower()
    if page.status != 200:
        return check.decided(False, f"{page.status} {page.headers.get('location', '')}".strip()), None
    try:
        policy = mta_sts.parse_policy(page.body)
    except StsError as error:
        return check.decided(False, str(error), page.body), None
    observed = f"mode {policy.mode}, max_age {policy.max_age} s, {kind or 'no content type'}"
    if len(page.body.encode()) > LARGEST or policy.mode == "none":
        return check.decided(False, observed, page.body), policy
    if (policy.mode == "enforce" and policy.max_age < SHORTEST) or kind != "text/plain":
        return check.warned(observed, page.body), policy
    return check.decided(True, observed, page.body), policy


def judge_sts_hosts(domain: str, policy: StsPolicy, hosts: Sequence[str]) -> Finding:
    """Return whether the policy names every host that mail goes to: senders refuse those that it omits."""
    check = Check(
        "mail.mta_sts.mx",
        domain,
        "every MX host named by the policy (RFC 8461 section 4.1): senders deliver nothing to the others",
        STS_FIX,
    )
    omitted = [host for host in hosts if not policy.covers(host)]
    named = ", ".join(policy.mx)
    return check.decided(not omitted, f"omitted: {', '.join(omitted)}; named: {named}" if omitted else named)


def judge_tls_rpt(name: str, answer: Answer) -> Finding:
    """Return whether there is one TLS-RPT record, of the right form."""
    check = Check(
        "mail.tls_rpt.record",
        name,
        "one record v=TLSRPTv1 with addresses in rua (RFC 8460 section 3)",
        "Set mail.tls_rpt in the stack's config and run `./launch up --refresh`.",
    )
    almost = nearly("TLS-RPT", answer.data, tls_rpt.is_tls_rpt)
    return _judge_single(check, answer, tls_rpt.is_tls_rpt, tls_rpt.parse, told(almost, "v=TLSRPTv1;"))


def judge_dane(name: str, answer: Answer, signed: bool) -> Finding:
    """Return whether the TLSA records of an MX host can be used; `signed` tells whether DNSSEC covers them."""
    check = Check(
        "mail.dane.tlsa",
        name,
        "TLSA records under DNSSEC, of usage 2 or 3 (RFC 7672 sections 2.1 and 3.1); unsigned ones are ignored",
        "Sign the zone of the mail host or remove its TLSA records: the mail provider has to do that.",
    )
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    try:
        for text in answer.data:
            tlsa.parse(text)
    except TlsaError as error:
        return check.decided(False, str(error), "\n".join(answer.data))
    observed = f"{len(answer.data)} records, {'signed' if signed else 'not signed'}"
    return check.decided(signed, observed, "\n".join(answer.data))


def _judge_single(
    check: Check, answer: Answer, is_one: Callable[[str], bool], parse: Callable[[str], object], almost: str
) -> Finding:
    """Judge a kind of record of which a name may have just one, in a form that `parse` takes; `almost` is a remark."""
    if answer.outcome is Outcome.FAILED:
        return check.unknown(answer.detail)
    found = [text for text in answer.data if is_one(text)]
    if len(found) != 1:
        return check.decided(False, f"{len(found)} records{almost}", "\n".join(answer.data))
    try:
        parse(found[0])
    except (StsError, TlsRptError) as error:
        return check.decided(False, str(error), found[0])
    return check.warned(f"{found[0]}{almost}") if almost else check.decided(True, found[0])


def _unserved(check: Check, error: str) -> Finding:
    """A certificate that senders refuse is a fault of ours; a host that cannot be reached may be one of the way."""
    if "certificate" in error.lower():
        return check.decided(False, error)
    return check.unknown(error)
