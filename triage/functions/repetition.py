"""Whether a webhook stands repetition: a store of events, a mark that comes last, answers that tell the truth."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.functions.handler import STORES, VERIFIES, WORKS, Handler
from triage.model import Hit, Sure

LOGS = re.compile(
    r"(console|logger|functions\.logger|log|logging|admin\.logger)\.(log|info|warn|error|debug|write|exception"
    r"|warning)\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\bprint\((?:[^()]|\([^()]*\))*\)"
)
REMEMBERS = re.compile(
    r"(?i)\b(event|evt|stripeEvent|payload|body|data|notification)(\.|\[['\"]|\?\.)\s*(event\.)?(id|event_?id"
    r"|eventId|uid)\b|event_?id|idempoten|already_?(processed|handled|seen)|processed_?(event|webhook)|dedup"
    r"|webhook_?events?\b|deliver(y|ed)_?id|message_?id|(existing|already|previous|processed|seen|order"
    r"|payment)\w*\.exists|\.doc(ument)?\(\s*`?\$?\{?(\w*session|\w*invoice|\w*[iI]ntent|\w*charge|\w*[oO]bject"
    r"|\w*subscription|\w*sub)(\.|\[['\"])id\b"
)
MARK = re.compile(
    r"(?i)(processed\w*|webhook_?events?|events?_?(processed|handled|seen|log)|stripe_?events?|handled_?events?"
    r"|idempotency\w*|event(Ref|Doc|_ref|_doc)|dedup\w*|marker\w*)[^;\n]{0,120}?\.(set|create|add)\s*\(|\.(doc"
    r"|document)\(\s*(event|evt|stripeEvent)(\.id|\[['\"]id['\"]\])\s*\)\s*\.(set|create)\s*\("
)
# a variable that holds the document of a mark: `ref = db.collection("processed").document(event["id"])`
MARKED = re.compile(
    r"(?i)\b(\w+)\s*(?::\s*\w+)?=\s*[^;=\n]*?(?:\(\s*['\"](?:processed\w*|webhook_?events?|stripe_?events?|handled_?events?"
    r"|events?_?(?:processed|handled|seen)|idempotency\w*|dedup\w*)['\"]\s*\)\s*\.(?:doc|document)\("
    r"|\.(?:doc|document)\(\s*(?:event|evt|stripeEvent)(?:\.id|\[['\"]id['\"]\])\s*\)\s*(?:[;\n]|$))"
)
STATES = re.compile(r"(?i)status|state\b|lease|processing|pending|attempt|locked|startedAt|started_at")
ANSWERS_OK = re.compile(
    r"\.sendStatus\(\s*20\d\s*\)|\.status\(\s*20\d\s*\)|\.(send|json|end)\(\s*(?!.*(error|err\b|fail))[^)]*\)"
    r"|return\s+\(?[^\n]*\b20\d\b|https_fn\.Response\(\s*['\"]?\w*['\"]?\s*(,\s*(status\s*=\s*)?20\d)?\s*\)"
    r"|new Response\([^)]*(status:\s*200)?[^)]*\)"
)
ANSWERS_BAD = re.compile(r"\b[45]\d\d\b|\bthrow\b|\braise\b|next\(|INTERNAL|BAD_REQUEST")


def repetition_hits(handler: Handler) -> Iterator[Hit]:
    """Yield what happens to an event that comes twice, or whose work fails."""
    quiet = LOGS.sub(" ", handler.reach)
    if not WORKS.search(quiet):
        return
    if STORES.search(quiet) and not REMEMBERS.search(quiet):
        yield Hit(
            "webhook.no-event-store",
            handler.start,
            handler.name,
            "The event's id is not looked at, so a repeated delivery is worked through again.",
        )
    yield from _marker_first(handler)
    yield from _early(handler)
    yield from _nobody_found(handler)
    if handler.is_stripe and "livemode" not in handler.file and STORES.search(quiet):
        yield Hit("webhook.livemode", handler.start, handler.name, "livemode is never looked at.")


def _marker_first(handler: Handler) -> Iterator[Hit]:
    text = LOGS.sub(lambda found: " " * len(found[0]), handler.text)
    for mark in _marks(text):
        before, after = text[: mark.start()], text[mark.end() :]
        own = after.split(");", 1)[0] if not handler.python else after.split("\n", 1)[0]
        transaction = re.search(
            r"(?i)runTransaction|run_transaction|transactional|\b(tx|t|transaction|batch)\.$",
            before[-2000:] if "runTransaction" in before else before[-12:],
        )
        if transaction or STATES.search(own[:200]):
            return
        rest = after[len(own) :]
        works = STORES.search(rest) or re.search(r"\bawait\s+\w+\(|switch\s*\(|match\s+\w|if\s+\w+\W+type", rest)
        worked = re.search(r"\bcase\b|\btype\b[^\n]*==", before)
        if works and not worked and ".delete()" not in rest:
            yield Hit(
                "webhook.marker-first",
                handler.line(mark.start()),
                handler.name,
                "The event is marked as done before the work.",
                mark[0][:120],
            )
        return


def _marks(text: str) -> list[re.Match[str]]:
    """Return where an event is marked, directly or through a variable that holds its document."""
    names = {found[1] for found in MARKED.finditer(text)}
    through = re.compile(rf"\b(?:{'|'.join(map(re.escape, names))})\s*\.\s*(?:set|create)\s*\(") if names else None
    found = [*MARK.finditer(text), *(through.finditer(text) if through else ())]
    return sorted(found, key=lambda mark: mark.start())


def _early(handler: Handler) -> Iterator[Hit]:
    for attempt in handler.attempts:
        work = LOGS.sub(" ", attempt.work)
        if not WORKS.search(work) or (VERIFIES.search(work) and not STORES.search(work)):
            continue
        caught = LOGS.sub(" ", attempt.caught)
        if _answers_ok(handler, caught) and not ANSWERS_BAD.search(caught):
            yield Hit(
                "webhook.answer.early",
                handler.line(attempt.place),
                handler.name,
                "A failure is answered with 200.",
                attempt.caught.strip()[:120],
            )
            return
    found = _answered_before(handler) or _not_awaited(handler)
    if found:
        yield Hit("webhook.answer.early", handler.line(found[0]), handler.name, found[1], found[2][:120], Sure.LIKELY)


def _nobody_found(handler: Handler) -> Iterator[Hit]:
    """Yield a branch that answers 200 because the user, customer or order of an event is not known."""
    for condition, then, _, place in handler.branches:
        lacks = re.search(r"(?i)(!|not\s+|==+\s*(null|undefined|None|['\"]))", condition) or ".empty" in condition
        about = re.search(
            r"(?i)\b\w*(user|uid|customer|client_?reference|order|account|profile|metadata|member)\w*", condition
        )
        quiet = LOGS.sub(" ", then)
        if (
            lacks
            and about
            and not re.search(r"(?i)event\.type|event_?type|livemode|\bmode\b|signature|secret", condition)
            and _answers_ok(handler, quiet)
            and not ANSWERS_BAD.search(quiet)
        ):
            yield Hit(
                "webhook.answer.early",
                handler.line(place),
                handler.name,
                "200 is sent though nobody was found to write to.",
                condition[:120],
                Sure.LIKELY,
            )
            return


def _answers_ok(handler: Handler, text: str) -> bool:
    """Return whether some code answers 200; in Python each value that is returned does."""
    plain = handler.python and re.search(r"\breturn\s+(\{|[\"']|jsonify\(|JSONResponse\(|Response\()", text)
    return bool(plain) or ANSWERS_OK.search(text) is not None


def _answered_before(handler: Handler) -> tuple[int, str, str] | None:
    """Return the answer that is sent at the top of a handler with work left to do after it."""
    if handler.python:
        return None
    text = LOGS.sub(lambda found: " " * len(found[0]), handler.text)
    for match in re.finditer(
        r"\b(res|response)\.(sendStatus\(\s*200|status\(\s*200|json\(\s*\{\s*received|send\(\s*['\"](ok|received"
        r"|success)|end\(\s*\))",
        text,
        re.IGNORECASE,
    ):
        line_start = text.rfind("\n", 0, match.start())
        if re.search(r"\breturn\b|if\s*\(|=>|catch|\bcase\b|default:", text[line_start : match.start()]):
            continue
        rest = text[match.end() :]
        statement_end = rest.find(";")
        following = rest[statement_end + 1 :] if statement_end >= 0 else rest
        if re.match(r"\s*(return|break|\}\s*(else|catch)|\}\s*\)|\}\s*$)", following) or _closes(following):
            continue
        if STORES.search(following) or re.search(
            r"await\s+\w*(process|handle|fulfil|grant|update|sync)\w*\(", following
        ):
            return match.start(), "200 is sent before the work is done.", match[0]
    return None


def _closes(following: str) -> bool:
    """Return whether the block that an answer stands in ends before anything else is done."""
    return re.match(r"\s*\}", following) is not None


def _not_awaited(handler: Handler) -> tuple[int, str, str] | None:
    """Return a write that nobody waits for although the answer follows."""
    if handler.python:
        return None
    pattern = (
        r"(?m)^[ \t]*(?!await|return|const|let|var|yield|void|throw|\.|case|\w+\s*=)((?:admin\.firestore\(\)|db"
        r"|firestore|\w*[dD]b|\w+Ref|\w+Collection|getFirestore\(\))(?:\s*\.\s*\w+\([^;{}]*?\))*\s*\.\s*(?:set"
        r"|update|add|create|delete)\s*\()"
    )
    for match in re.finditer(pattern, handler.text):
        end = handler.text.find(";", match.end())
        statement = handler.text[match.start() : end if end > 0 else match.end() + 200]
        before = handler.text[: match.start()].rstrip()
        answers_then = re.search(r"\.(then|catch|finally)\(", statement) and re.search(
            r"\bre(s|ply|sponse)\b", statement
        )
        if answers_then or before.endswith(("=>", "await", "return", "=", ",", "(", "[", "?")):
            continue
        if ANSWERS_OK.search(handler.text[match.end() :]):
            return match.start(1), "The write is not awaited before the answer.", match[1]
    return None
