"""Silent failure: builders that show nothing when their data fails, and failures that are caught and dropped."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from triage.model import Hit, Sure
from triage.syntax.source import Call, Source

BUILDERS = re.compile(r"(?:^|[.(])(StreamBuilder|FutureBuilder)(?:<.*>)?$")
SEES_ERRORS = re.compile(
    r"hasError|\.error\b|\.hasData\s*==\s*false.*else|onError|AsyncError|error:|ConnectionState\.none"
)
# after the waiting, no data is answered by words: not the right ones, but the user sees that something is wrong
SAYS_SOMETHING = re.compile(r"!\s*\w+\.hasData[^{;]*\{\s*return[^;]*\bText\(\s*['\"][A-Za-z][\w\s']{5,}")
SPINNER = re.compile(r"CircularProgressIndicator|LinearProgressIndicator|Shimmer|Loading|Spinner|Loader|SpinKit")
WORK = re.compile(
    r"(?:\.(set|update|add|delete|commit|call|runTransaction|httpsCallable)\s*\(|http\.(post|put|patch|delete)"
    r"|dio\.(post|put|patch|delete)|\bpurchase\w*\()"
)
REMOTE = re.compile(
    r"[Ff]irestore|\.collection\(|\.doc\(|https?\.|dio\.|httpsCallable|FirebaseFunctions|\bbatch\.|runTransaction"
    r"|Purchases\."
)
# what the device itself knows, and who is signed in: such a source hardly fails, and no server is asked
OWN = re.compile(
    r"(?i)auth_?state|\buserChanges|idTokenChanges|SharedPreferences\.getInstance|PackageInfo\.|rootBundle"
    r"|DefaultAssetBundle|Stream\.(periodic|value)|\w*(language|locale|theme_?mode|connectivity)\w*(stream|change)"
)
# words that are given to something which is no log: a person reads them
WORDS = re.compile(r"([\w.]+)\(\s*r?(['\"])(?:(?!\2)[^\n])*\w \w(?:(?!\2)[^\n])*\2")
LOGS = re.compile(
    r"(?i)print|log|warn|info|debug|trace|fine|verbose|track|breadcrumb|std(out|err)|analytics|assert|exception"
)
AWAITS = re.compile(r"\bawait\s+(?!Future\.delayed)([\w.]+)")
LONGEST = 6000  # bytes of a function whose waiting marks are followed
FLAG = re.compile(rb"(?i)(loading|busy|saving|submitting|processing)(\.value)?\s*=\s*true")
CATCHES = re.compile(r"\btry\b|\bcatchError\b|\bwhenComplete\b|\bonError\b|\bguard\(")
TELLS = re.compile(
    r"(?i)rethrow|\bthrow\b|return\b(?!\s*;)|recordError|crashlytics|sentry|captureException|showSnackBar|snackbar"
    r"|showDialog|toast|emit\(|setState|state\s*=|\berror\w*\s*=|\w*(message|failure|status)\w*\s*=|"
    r"onError|notify|alert|\w*error\w*\(|handle\w*\(|completeError|addError|left\(|Either|fail\w*\(|show\w*\(|add\("
    r"|report\w*\(|logger\.(e|error|severe|shout)"
)


def silence_hits(source: Source) -> Iterator[Hit]:
    """Yield what fails in a file without anybody seeing it."""
    for call in source.calls:
        if BUILDERS.search(call.callee):
            yield from _builder(source, call)
    yield from _flags(source)
    for attempt in source.captured("catches") if b"catch" in source.data else ():
        yield from _attempt(source, attempt)


def _flags(source: Source) -> Iterator[Hit]:
    """Yield the waiting marks that a failure leaves on: set before a call to a server, taken back only after it."""
    if not FLAG.search(source.data):
        return
    for body in source.captured("functions"):
        if body.end_byte - body.start_byte > LONGEST or not FLAG.search(source.data, body.start_byte, body.end_byte):
            continue
        text = re.sub(r"//[^\n]*", lambda found: " " * len(found[0]), source.text(body))
        if CATCHES.search(text) or any(parent.type == "function_body" for parent in source.parents(body)):
            continue
        for on in re.finditer(r"\b(_?\w*(?i:loading|busy|saving|submitting|processing))(\.value)?\s*=\s*true\b", text):
            off = re.search(rf"\b{re.escape(on[1])}(\.value)?\s*=\s*false\b", text[on.end() :])
            between = text[on.end() : on.end() + off.start()] if off else ""
            call = re.search(r"\bawait\b[^;]*", between)
            if call and REMOTE.search(call[0]) and WORK.search(call[0]):
                line = source.line(body.start_byte + len(text[: on.start()].encode()))
                seen = f"{on[1]} stays on when the call fails, and what it shows spins for ever."
                yield Hit("client.builder.silent", line, on[1], seen, call[0].strip()[:100], Sure.LIKELY)
                break


def _builder(source: Source, call: Call) -> Iterator[Hit]:
    body = _argument(source, call.arguments, "builder")
    text = source.text(body) if body else ""
    parameter = re.match(
        r"builder\s*:\s*\(\s*(?:[\w<>?]+\s+)?\w+\s*,\s*(?:final\s+)?(?:[\w<>?, ]+\s+)?(\w+)\s*\)", text
    )
    if body is None or parameter is None or SEES_ERRORS.search(text) or _passed_on(text, parameter[1]):
        return
    if _is_own(source, call):
        return
    if "ConnectionState.waiting" in text and SAYS_SOMETHING.search(text):
        return
    spins = SPINNER.search(text) is not None and "ConnectionState.waiting" not in text
    kind = "StreamBuilder" if "StreamBuilder" in call.callee else "FutureBuilder"
    seen = "spins for ever when its data fails." if spins else "shows nothing when its data fails."
    yield Hit(
        "client.builder.silent",
        source.line(call.start),
        kind,
        f"This {kind} {seen}",
        "",
        Sure.CERTAIN if spins else Sure.LIKELY,
    )


def _is_own(source: Source, call: Call) -> bool:
    """Return whether a builder listens to the device itself, or to who is signed in, rather than to a server."""
    given = _argument(source, call.arguments, "stream") or _argument(source, call.arguments, "future")
    text = source.text(given) if given else ""
    return OWN.search(text) is not None and REMOTE.search(text) is None


def _passed_on(text: str, name: str) -> bool:
    """Return whether the snapshot as such is given to something else, which may look at its error."""
    rest = text.split(")", 1)[1] if ")" in text else text
    return (
        re.search(
            rf"[(,:]\s*{re.escape(name)}\s*[,)]|switch\s*\(\s*{re.escape(name)}\s*\)|\b{re.escape(name)}\.(when"
            rf"|maybeWhen|connectionState\.)",
            rest,
        )
        is not None
    )


def _argument(source: Source, arguments: Node, name: str) -> Node | None:
    return next(
        (
            child
            for child in arguments.named_children
            if child.type == "named_argument" and re.match(rf"{name}\s*:", source.text(child)[:40])
        ),
        None,
    )


def _attempt(source: Source, attempt: Node) -> Iterator[Hit]:
    """Yield a `try` around a write or a call whose `catch` tells nobody."""
    blocks = [child for child in attempt.named_children if child.type == "block"]
    if len(blocks) < 2:
        return
    work = source.text(blocks[0])
    if not (WORK.search(work) and REMOTE.search(work)):
        return
    for caught in blocks[1:]:
        text = re.sub(r"//[^\n]*|/\*.*?\*/", "", source.text(caught), flags=re.DOTALL)
        if not (TELLS.search(text) or WORK.search(text) or _goes_on(text) or _is_asked_later(source, attempt, work)):
            seen = (
                "A failed write or call is only printed."
                if re.search(r"(?i)print|log", text)
                else "A failed write or call is dropped."
            )
            yield Hit("client.error.swallowed", source.line(caught.start_byte), "catch", seen, text[:100])


def _goes_on(text: str) -> bool:
    """Return whether a `catch` says something to a person, or does something else and waits for it."""
    told = any(not LOGS.search(said[1]) for said in WORDS.finditer(text))
    return told or any(not LOGS.search(other[1]) for other in AWAITS.finditer(text))


def _is_asked_later(source: Source, attempt: Node, work: str) -> bool:
    """Return whether a flag that only success raises is looked at after the attempt: another way may follow."""
    flags = re.findall(r"\b(\w+)\s*=\s*true\b", work)
    after = source.data[attempt.end_byte : attempt.parent.end_byte].decode("utf-8", "replace") if attempt.parent else ""
    return any(re.search(rf"\bif\s*\([^)]*!\s*{re.escape(flag)}\b", after) for flag in flags)
