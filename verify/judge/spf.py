"""Judges a domain's SPF: RFC 7208."""

from __future__ import annotations

from collections.abc import Sequence

from blueprint.finding import Finding
from verify.answers.dns import Answer, Outcome
from verify.judge.check import Check
from verify.mail.nearly import nearly, told
from verify.mail.spf_check import LOOKUPS, VOIDS
from verify.mail.spf_syntax import is_spf
from verify.mail.spf_tree import SpfTree

RECORD = 450  # characters, section 3.4: longer ones make answers that do not fit into 512 bytes
ANSWER = 512  # bytes of an answer by UDP without EDNS, section 3.4
_OVERHEAD, _PER_RECORD = 12 + 6, 12  # bytes: header and question, and each record's own (RFC 1035 section 4.1)
REWRITE = (
    "Run `./launch up --refresh`: the record is made from mail.provider, mail.senders and mail.spf_includes of the "
    "stack's config."
)
FEWER = (
    "Drop senders that you no longer use from mail.senders and mail.spf_includes, then run `./launch up`: receivers "
    "reject mail otherwise."
)
_ENDINGS = {"-": "it ends in -all", "~": "it ends in ~all", "?": "it ends in ?all", "+": "it ends in +all"}


def judge_spf(tree: SpfTree, senders: Sequence[str], answer: Answer, leftover: Answer) -> list[Finding]:
    """Return the findings on one domain: `senders` are the includes that it has to have.

    `answer` is the TXT answer at the domain, `leftover` that for the obsolete type SPF.
    """
    single = judge_single(tree, nearly("SPF", answer.data, is_spf))
    if not tree.texts:
        return [single]
    return [
        single,
        judge_syntax(tree),
        judge_lookups(tree),
        judge_voids(tree),
        judge_includes(tree),
        judge_loop(tree),
        judge_ending(tree),
        judge_ignored(tree),
        judge_reverse(tree),
        judge_size(tree, answer),
        judge_leftover(tree.domain, leftover),
        *([judge_senders(tree, senders)] if senders else []),
    ]


def judge_single(tree: SpfTree, almost: Sequence[str] = ()) -> Finding:
    """Return whether the domain has exactly one SPF record; `almost` are texts that were meant to be one."""
    check = Check(
        "mail.spf.single",
        tree.domain,
        "exactly one SPF record (RFC 7208 section 3.2): receivers reject the mail of a domain that has two",
        "Keep one TXT record that begins with v=spf1: list every sender under mail.senders; `./launch up` writes it.",
    )
    failed = [why for why in tree.unanswered if why.startswith(f"TXT {tree.domain.lower()}:")]
    if failed:
        return check.unknown(failed[0])
    observed, seen = f"{len(tree.texts)} SPF records{told(almost, 'v=spf1')}", "\n".join((*tree.texts, *almost))
    if len(tree.texts) == 1 and almost:
        return check.warned(observed, seen)
    return check.decided(len(tree.texts) == 1, observed, seen)


def judge_syntax(tree: SpfTree) -> Finding:
    """Return whether the record, and each that it includes, follows the grammar."""
    check = Check(
        "mail.spf.syntax",
        tree.domain,
        "records that follow the grammar of RFC 7208 section 12; one bad term makes receivers drop the whole record",
        REWRITE + " A mistake in another domain's record has to be fixed by that sender.",
    )
    return _over(check, tree, tree.malformed, f"{len(tree.visited)} records read")


def judge_lookups(tree: SpfTree) -> Finding:
    """Return whether a receiver can evaluate the record within ten DNS lookups."""
    check = Check(
        "mail.spf.lookups",
        tree.domain,
        f"at most {LOOKUPS} DNS lookups over the whole tree (RFC 7208 section 4.6.4)",
        FEWER,
    )
    above = [f"{tree.lookups} lookups: {' → '.join(tree.visited)}"] if tree.lookups > LOOKUPS else []
    return _over(check, tree, above, f"{tree.lookups} lookups")


def judge_voids(tree: SpfTree) -> Finding:
    """Return whether at most two lookups find nothing; those that miss for IPv6 clients alone are a warning."""
    check = Check(
        "mail.spf.voids",
        tree.domain,
        f"at most {VOIDS} lookups that find nothing (RFC 7208 section 4.6.4)",
        "Take the names that no longer exist out of the record: they are senders that moved, or typing mistakes.",
    )
    if len(tree.voids4) > VOIDS:
        return check.decided(False, f"{len(tree.voids4)} find nothing: {', '.join(tree.voids4)}")
    if len(tree.voids6) > VOIDS:
        return check.warned(f"for clients by IPv6 {len(tree.voids6)} find nothing: {', '.join(tree.voids6)}")
    return _over(check, tree, (), f"{len(tree.voids4)} find nothing")


def judge_includes(tree: SpfTree) -> Finding:
    """Return whether every include and redirect leads to one record."""
    check = Check(
        "mail.spf.includes",
        tree.domain,
        "one SPF record behind each include and redirect (RFC 7208 sections 5.2 and 6.1); none is a permanent error",
        "Remove the sender whose domain has no SPF record any more from mail.senders or mail.spf_includes, or ask it.",
    )
    return _over(check, tree, tree.broken, f"{max(0, len(tree.visited) - 1)} included records found")


def judge_loop(tree: SpfTree) -> Finding:
    """Return whether no record leads back to itself."""
    check = Check(
        "mail.spf.loop",
        tree.domain,
        "no record that includes itself, by whatever way (RFC 7208 section 4.6.4: the lookups would never end)",
        "Remove the include or redirect that leads back to its own record.",
    )
    return _over(check, tree, tree.loops, "no loop")


def judge_ending(tree: SpfTree) -> Finding:
    """Return whether the record says at its end that nobody else may send."""
    check = Check(
        "mail.spf.all",
        tree.domain,
        "an end of -all or ~all, and no term that lets everybody send (RFC 7208 section 5.1)",
        REWRITE,
    )
    if tree.anyone:
        return check.decided(False, f"everybody may send, by {', '.join(tree.anyone)}")
    if tree.ending in ("-", "~"):
        return check.decided(True, _ENDINGS[tree.ending])
    if tree.unanswered:
        return check.unknown("; ".join(tree.unanswered))
    said = _ENDINGS.get(tree.ending or "", "it has no all, and counts as ?all")
    return check.warned(f"{said}: mail of strangers is treated as if there were no record")


def judge_ignored(tree: SpfTree) -> Finding:
    """Return whether receivers look at every term."""
    check = Check(
        "mail.spf.ignored",
        tree.domain,
        "nothing behind all, and no redirect beside it (RFC 7208 sections 5.1 and 6.1): it would be ignored",
        "Move the terms in front of all, or remove them.",
    )
    if tree.ignored:
        return check.warned(f"ignored: {', '.join(tree.ignored)}")
    return check.decided(True, "every term counts")


def judge_reverse(tree: SpfTree) -> Finding:
    """Return whether the discouraged mechanism ptr is absent."""
    check = Check(
        "mail.spf.ptr",
        tree.domain,
        "no ptr (RFC 7208 section 5.5: slow, unreliable, should not be published)",
        "Replace ptr by the sender's include or addresses.",
    )
    if tree.reverse:
        return check.warned(", ".join(tree.reverse))
    return check.decided(True, "no ptr")


def judge_size(tree: SpfTree, answer: Answer) -> Finding:
    """Return whether the record, and all texts at its name, fit into a plain DNS answer."""
    check = Check(
        "mail.spf.size",
        tree.domain,
        f"a record of at most {RECORD} characters, and texts at its name that fit into {ANSWER} bytes "
        "(RFC 7208 section 3.4)",
        "Delete TXT records of services that you no longer use (old site verifications), and drop unused mail.senders.",
    )
    longest = max(len(text) for text in tree.texts)
    size = wire_size(answer)
    observed = f"{longest} characters, {size} bytes in all"
    return check.decided(True, observed) if longest <= RECORD and size <= ANSWER else check.warned(observed)


def judge_leftover(domain: str, leftover: Answer) -> Finding:
    """Return whether no record of the obsolete type SPF is left."""
    check = Check(
        "mail.spf.type",
        domain,
        "no record of type SPF (RFC 7208 section 3.1: only TXT is read)",
        "Delete the record of type SPF in the Cloudflare dashboard.",
    )
    if leftover.outcome is Outcome.FAILED:
        return check.unknown(leftover.detail)
    return check.warned(", ".join(leftover.data)) if leftover.data else check.decided(True, "none")


def judge_senders(tree: SpfTree, senders: Sequence[str]) -> Finding:
    """Return whether every provider that sends for the domain is included."""
    check = Check(
        "mail.spf.senders",
        tree.domain,
        f"the senders that the stack promises: {', '.join(senders)}",
        REWRITE,
    )
    missing = [name for name in senders if name.lower() not in tree.visited]
    asked = ", ".join(
        f"{name} did not answer" for name in missing if any(f" {name}:" in why for why in tree.unanswered)
    )
    if asked:
        return check.unknown(asked)
    return check.decided(not missing, f"missing: {', '.join(missing)}" if missing else "all are included")


def wire_size(answer: Answer) -> int:
    """Return how many bytes an answer takes, its texts cut into strings of 255 bytes."""
    lengths = [len(text.encode()) for text in answer.data]
    texts = sum(_PER_RECORD + length + (length + 254) // 255 for length in lengths)
    return _OVERHEAD + len(answer.question.name) + texts


def _over(check: Check, tree: SpfTree, bad: Sequence[str], well: str) -> Finding:
    """Fail for what is bad, whatever else could not be asked; pass only when everything could."""
    if bad:
        return check.decided(False, "; ".join(bad), "\n".join(tree.texts))
    if tree.unanswered:
        return check.unknown("; ".join(tree.unanswered))
    return check.decided(True, well, "\n".join(tree.texts))
