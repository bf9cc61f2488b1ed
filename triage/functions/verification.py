"""Whether a webhook verifies what it is sent, over the right bytes, and refuses what it cannot verify."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.functions.handler import VERIFIES, WORKS, Handler
from triage.model import Hit, Sure

REFUSES = re.compile(
    r"\breturn\b|\bthrow\b|\braise\b|\babort\(|(status|sendStatus|status_code|writeHead)\s*[(=]\s*[45]\d\d"
    r"|[45]\d\d\s*\)|\bnext\(|reject\(|HTTPException"
)
UNVERIFIED_EVENT = re.compile(
    r"\b(event|evt|stripeEvent|payload|data)\s*=\s*(await\s+)?(\w+\.)*(req|request)\.?(body|json|get_json|data)?\b"
    r"|=\s*(await\s+)?(JSON\.parse|json\.loads)\(|=\s*\(?\s*req(uest)?\.(body|rawBody)"
)
CONSTRUCTS = re.compile(r"(?i)\b(constructEvent(Async)?|construct_event)\s*\(\s*")
DEVELOPMENT = re.compile(r"(?i)emulator|NODE_ENV|is_?dev|development|is_?local|is_?test")
RAW = re.compile(
    r"rawBody|raw_body|\.raw\(|bodyParser\.raw|express\.raw|raw\s*\(\s*\{|bodyParser:\s*false|\.text\(\)"
    r"|arrayBuffer\(|buffer\(|getRawBody|micro|get_data\(|\b(req|request)\.data\b|await request\.body\(\)"
    r"|req\.on\(\s*['\"]data|parse:\s*false"
)

# a parser for all routes: what comes after it gets no raw body any more, whatever its own route asks for
PARSES_ALL = re.compile(r"\.use\(\s*(express|bodyParser|body_parser)\.json\(\s*(\{(?![^}]*verify)[^}]*\})?\s*\)\s*\)")
DIGESTS = re.compile(r"createHmac\s*\([^;]{0,200}?\)\s*\.update\(\s*|\bhmac\.(?:new|digest)\(\s*")


def verification_hits(handler: Handler) -> Iterator[Hit]:
    """Yield what is wrong with a handler's verification."""
    if not VERIFIES.search(handler.reach) and not VERIFIES.search(handler.given):
        if WORKS.search(handler.reach) and not _is_middleware(handler):
            yield Hit(
                "webhook.unverified",
                handler.start,
                handler.name,
                "The delivery's content is used and nothing verifies it.",
            )
        return
    yield from _fail_open(handler)
    yield from _wrong_body(handler)


def _is_middleware(handler: Handler) -> bool:
    """Return whether something in front of the handler may verify: a middleware for all routes of the file."""
    return re.search(r"(?i)\.use\(\s*[\w.]*(verif|signature|auth|hmac|webhook)\w*", handler.file) is not None


def _fail_open(handler: Handler) -> Iterator[Hit]:
    for attempt in handler.attempts:
        if not CONSTRUCTS.search(attempt.work) and not re.search(
            r"(?i)verif|timingSafeEqual|compare_digest", attempt.work
        ):
            continue
        takes_anyway = UNVERIFIED_EVENT.search(attempt.caught)
        if takes_anyway or not REFUSES.search(attempt.caught):
            seen = (
                "When verification fails, the unverified body is used."
                if takes_anyway
                else "When verification fails, the handler goes on."
            )
            yield Hit(
                "webhook.fail-open", handler.line(attempt.place), handler.name, seen, attempt.caught.strip()[:120]
            )
            return
    for condition, then, otherwise, place in handler.branches:
        if DEVELOPMENT.search(condition):
            continue
        if _skips(handler, condition, then, otherwise):
            yield Hit(
                "webhook.fail-open",
                handler.line(place),
                handler.name,
                "Without the secret or the signature, verification is skipped.",
                condition[:120],
                Sure.CERTAIN if otherwise else Sure.LIKELY,
            )
            return


def _skips(handler: Handler, condition: str, then: str, otherwise: str) -> bool:
    """Return whether a branch verifies only when a secret or signature is there, and else believes the body."""
    if not re.search(r"(?i)secret|sig\b|signature|sig\s*[&|)]", condition):
        return False
    verifies = CONSTRUCTS.search(then) or re.search(r"(?i)\bverif\w*\(|timingSafeEqual|compare_digest", then)
    if verifies and UNVERIFIED_EVENT.search(otherwise):
        return True
    before = handler.text.partition(condition.strip("()"))[0]
    return (
        bool(verifies)
        and not otherwise
        and UNVERIFIED_EVENT.search(before) is not None
        and CONSTRUCTS.search(then) is not None
        and "rawBody" not in before
    )


def _wrong_body(handler: Handler) -> Iterator[Hit]:
    for text in (handler.text, handler.reach):
        for match, argument in _verified(text):
            value = _resolved(handler.reach, argument)
            if _is_parsed(handler, value):
                place = handler.text.find(match[0])
                yield Hit(
                    "webhook.wrong-body",
                    handler.line(place),
                    handler.name,
                    f"The signature is verified over {value[:60]}.",
                    value[:120],
                    Sure.CERTAIN if CONSTRUCTS.match(match[0]) else Sure.LIKELY,
                )
                return


def _verified(text: str) -> Iterator[tuple[re.Match[str], str]]:
    """Yield each verification with what it is over: a library's first argument, what goes into a digest."""
    for match in CONSTRUCTS.finditer(text):
        yield match, _first_argument(text, match.end())
    for match in DIGESTS.finditer(text):
        end = match.end()
        if match[0].startswith("hmac."):
            end += len(_first_argument(text, end)) + 1  # the key comes first
        yield match, re.sub(r"^msg\s*=\s*", "", _first_argument(text, end))


def _first_argument(text: str, start: int) -> str:
    depth, at = 0, start
    for at in range(start, min(len(text), start + 300)):
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}" and depth > 0:
            depth -= 1
        elif text[at] in ",)" and depth == 0:
            break
    return re.sub(r"^payload\s*=\s*", "", text[start:at].strip())


def _resolved(text: str, argument: str) -> str:
    """Return what a variable was set to, if the text says it."""
    if not re.fullmatch(r"[A-Za-z_]\w*", argument):
        return argument
    found = re.search(rf"\b{re.escape(argument)}\s*(?::\s*\w+\s*)?=\s*([^;\n=][^;\n]*)", text)
    return found[1].strip() if found else argument


def _is_parsed(handler: Handler, value: str) -> bool:
    if re.search(r"JSON\.stringify\(|json\.dumps\(|get_json\(|request\.json\b|req\.json\(", value):
        return not re.search(r"rawBody", value)
    if handler.python or not re.search(r"\b(req|request)\.body\b", value) or "rawBody" in value:
        return False
    registered = handler.given != handler.name
    if handler.is_firebase:
        return True
    first = PARSES_ALL.search(handler.file)
    is_late = first is not None and 0 <= first.start() < handler.file.find(handler.text)
    return registered and (is_late or not RAW.search(handler.file + handler.given))
