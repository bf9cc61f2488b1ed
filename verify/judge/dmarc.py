"""Judges a domain's DMARC: RFC 9989 (policy), RFC 9990 (reports), and what older receivers make of it (RFC 7489)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blueprint.finding import Finding
from verify.judge.check import Check
from verify.mail.dmarc_record import HISTORIC, DmarcRecord, Policy
from verify.mail.dmarc_walk import Walk
from verify.mail.reports import Destination, consent_name

REWRITE = "Set mail.dmarc in the stack's config and run `./launch up --refresh`."


@dataclass(frozen=True)
class DmarcPromise:
    """The policy that the stack promised, and the address for its reports."""

    policy: str
    report: str


def judge_dmarc(walk: Walk, places: Sequence[Destination], promise: DmarcPromise | None) -> list[Finding]:
    """Return the findings on mail from the walk's domain; without a record that applies there is one alone."""
    single = judge_single(walk)
    if walk.applicable is None:
        return [single]
    record = walk.applicable[1]
    return [
        single,
        judge_syntax(walk, record),
        judge_policy(walk, record, promise),
        judge_subdomains(walk, record),
        judge_historic(walk, record),
        *([] if walk.is_cut else [judge_organization(walk)]),
        judge_reports(walk, record, places),
        judge_older(walk, record),
    ]


def judge_single(walk: Walk) -> Finding:
    """Return whether a record applies, and whether it is the only one at its name."""
    check = Check(
        "mail.dmarc.single",
        walk.domain,
        "one DMARC record that applies (RFC 9989 section 4.10: several at one name are all discarded)",
        REWRITE + " Delete any other record that begins v=DMARC1.",
    )
    several = [f"{len(step.texts)} records at _dmarc.{step.domain}" for step in walk.steps if len(step.texts) > 1]
    if several:
        texts = [text for step in walk.steps for text in step.texts]
        return check.decided(False, "; ".join(several), "\n".join(texts))
    if walk.applicable is None:
        return check.unknown(walk.failures[0]) if walk.failures else check.decided(False, "no record")
    place, record = walk.applicable
    missed = _missed(walk, place)
    if missed:
        return check.unknown(missed[0])
    return check.decided(True, f"one record at _dmarc.{place}", record.text)


def judge_syntax(walk: Walk, record: DmarcRecord) -> Finding:
    """Return whether every tag and value follows the grammar."""
    check = Check(
        "mail.dmarc.syntax",
        walk.domain,
        "known tags with valid values (RFC 9989 sections 4.7 and 4.8)",
        REWRITE,
    )
    if record.p and record.problems and all(each.startswith("fo=") for each in record.problems):
        # It only asks when to report single failures, and receivers leave out what they cannot read (section 4.7).
        return check.warned(f"receivers ignore it: {'; '.join(record.problems)}", record.text)
    if record.problems or not record.p:
        missing = [] if record.p or any(each.startswith("p=") for each in record.problems) else ["the tag p is missing"]
        return check.decided(False, "; ".join([*missing, *record.problems]), record.text)
    if record.unknown:
        return check.warned(f"receivers ignore {', '.join(record.unknown)}", record.text)
    return check.decided(True, "every tag is known and valid", record.text)


def judge_policy(walk: Walk, record: DmarcRecord, promise: DmarcPromise | None) -> Finding:
    """Return whether the promised policy is published and in force; without a promise, whether it protects."""
    policy = walk.policy()
    said = f"{'none' if policy is None else policy}{', and t=y asks to apply one level less' if record.testing else ''}"
    if promise is None:
        check = Check(
            "mail.dmarc.policy",
            walk.domain,
            "a policy of quarantine or reject that is in force (RFC 9989 section 4.7)",
            "Raise the policy from none to quarantine to reject, when the reports name no sender that you do not know.",
        )
        return check.decided(True, said) if _in_force(record, policy) else check.warned(said)
    check = Check(
        "mail.dmarc.policy",
        walk.domain,
        f"the policy {promise.policy} in force, and reports to {promise.report} (RFC 9989 section 4.7)",
        REWRITE,
    )
    as_promised = policy == promise.policy and f"mailto:{promise.report}" in record.rua
    as_promised = as_promised and (policy is Policy.NONE or not record.testing)
    return check.decided(as_promised, f"{said}; reports to {', '.join(record.rua) or 'nobody'}", record.text)


def judge_subdomains(walk: Walk, record: DmarcRecord) -> Finding:
    """Return whether subdomains, existing or not, are protected like the domain itself."""
    check = Check(
        "mail.dmarc.subdomains",
        walk.domain,
        "a policy for subdomains, and for names that do not exist, not below that of the domain "
        "(RFC 9989 section 4.10.1)",
        REWRITE + " Forged mail uses the weakest name.",
    )
    own, existing, others = record.own, record.subdomains, record.nonexistent
    observed = f"domain {own}, subdomains {existing}, names that do not exist {others}"
    weakest = min((existing, others), key=lambda policy: policy.strength)
    return check.decided(True, observed) if weakest.strength >= own.strength else check.warned(observed, record.text)


def judge_historic(walk: Walk, record: DmarcRecord) -> Finding:
    """Return whether the record is free of tags that RFC 9989 removed."""
    check = Check(
        "mail.dmarc.historic",
        walk.domain,
        f"none of {', '.join(HISTORIC)}: RFC 9989 removed them (appendix A.6)",
        "Take the tags out of the record; t=y replaces pct=0.",
    )
    if record.historic:
        return check.warned(", ".join(f"{tag} ({HISTORIC[tag]})" for tag in record.historic), record.text)
    return check.decided(True, "none")


def judge_organization(walk: Walk) -> Finding:
    """Return whether the domain is its own organizational domain, or belongs to one above it."""
    check = Check(
        "mail.dmarc.organization",
        walk.domain,
        "a tree walk that ends at the domain itself or at one of yours above it (RFC 9989 section 4.10.2)",
        "Add psd=n to the record of the domain that is yours, so that no name above it is taken for your organization.",
    )
    observed = f"the organizational domain is {walk.organization}, after {len(walk.steps)} queries"
    if walk.failures and not _decided_early(walk):
        return check.unknown("; ".join(walk.failures))
    if "." not in walk.organization:
        return check.decided(False, observed)
    return check.decided(True, observed)


def judge_reports(walk: Walk, record: DmarcRecord, places: Sequence[Destination]) -> Finding:
    """Return whether somebody gets reports, and each domain outside agreed to get them."""
    check = Check(
        "mail.dmarc.reports",
        walk.domain,
        "an address for reports, and the consent of each domain outside (RFC 9990 section 4): without it nothing is "
        "sent there",
        "Set mail.dmarc.report to an address of the domain itself, or have the other domain publish v=DMARC1 at the "
        "name that is missing.",
    )
    place = walk.applicable[0] if walk.applicable else walk.domain
    refused = [consent_name(place, each.domain) for each in places if each.consent is False]
    if refused:
        return check.decided(False, f"no consent at {', '.join(refused)}", record.text)
    unanswered = [f"{each.domain}: {each.failure}" for each in places if each.consent is None]
    if unanswered:
        return check.unknown("; ".join(unanswered))
    if not record.rua:
        return check.warned("no address: nobody learns who sends in the domain's name", record.text)
    outside = [each.domain for each in places if each.external]
    return check.decided(True, f"{', '.join(record.rua)}{f'; {outside[0]} agreed' if outside else ''}")


def judge_older(walk: Walk, record: DmarcRecord) -> Finding:
    """Return whether receivers that still follow RFC 7489 do the same as those of RFC 9989."""
    check = Check(
        "mail.dmarc.rfc7489",
        walk.domain,
        "the same treatment by receivers that still follow RFC 7489, which knows pct and neither np, psd nor t",
        "Write it so that both read the same: no pct, no t=y, and sp not below np.",
    )
    differences = []
    if record.testing:
        differences.append(f"t=y is not read: they apply {record.own} in full")
    if record.percent < 100:
        differences.append(f"pct={record.percent} is read by them alone")
    if record.nonexistent is not record.subdomains:
        differences.append(f"for names that do not exist they apply {record.subdomains}, not {record.nonexistent}")
    if record.psd == "n" and walk.applicable and walk.applicable[0].count(".") > 1:
        differences.append("psd=n is not read: they take the organization from the public suffix list")
    if differences:
        return check.warned("; ".join(differences), record.text)
    return check.decided(True, "they do the same")


def _in_force(record: DmarcRecord, policy: Policy | None) -> bool:
    return policy is not None and record.applied(policy) is not Policy.NONE


def _missed(walk: Walk, place: str) -> list[str]:
    """Return the unanswered queries below the record: one of them may hide a record that applies instead."""
    names = [step.domain for step in walk.steps]
    return [step.failure for step in walk.steps[: names.index(place)] if step.failure]


def _decided_early(walk: Walk) -> bool:
    """Return whether psd=n says whose the domain is, whatever lies above."""
    return bool(walk.found) and walk.found[-1][1].psd == "n" and not _missed(walk, walk.found[-1][0])
