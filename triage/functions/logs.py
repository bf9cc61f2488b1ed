"""Personal data that the back end writes into its logs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from triage.model import Hit

CALL = re.compile(
    r"\b(?:console|logger|functions\.logger|logging|log|winston)\s*\.\s*(?:log|info|warn|error|debug|write|warning"
    r"|exception)\s*\(|(?<![\w.])print\("
)
PERSONAL = re.compile(
    r"\b(?:req|request)\.(?:body|rawBody|headers|get_json\(\)|json(?:\(\))?|data)(?![\w.\[?(])"
    r"|\bJSON\.stringify\(\s*(?:req\.body|event|session|customer|user|event\.data\.object|request\.body)\b"
    r"|\bevent\.data\.object(?![\w.\[?])"
    r"|\b\w*(?:[uU]ser|customer|customer_details|session|profile|contact|token|auth|data|body|claims|lead"
    r"|doc)\w*(?:\(\))?[?.!]*\.(?:email|phone|phoneNumber|phone_number|address|ssn|password|card|fullName|firstName"
    r"|lastName|birthday|iban)\b(?!\s*(?:\?|&&|\|\||[!=]==?|Verified|_verified|\.length|\.split|\.includes))"
    r"|(?<![\w.'\"-])(?:email|phoneNumber|customer_?[eE]mail|user_?[eE]mail|password|recipient_?[eE]mail|fcmToken"
    r"|idToken|accessToken)(?![\w'\":.(-])|\.(?:customer_email|receipt_email|customer_details|billing_details)\b"
)
HIDES = re.compile(
    r"(?i)mask\w*\(|hash\w*\(|redact\w*\(|obfuscat\w*\(|anonymi[sz]e\w*\(|!!\s*\w|sanitize\w*\(|Boolean\("
)


def log_hits(text: str) -> Iterator[Hit]:
    """Yield the log calls of a file (comments blanked) whose values are personal."""
    for call in CALL.finditer(text):
        arguments = _arguments(text, call.end())
        code = _without_literals(arguments)
        found = PERSONAL.search(code)
        if found and not HIDES.search(code):
            line = text.count("\n", 0, call.start()) + 1
            yield Hit(
                "server.log.personal",
                line,
                found[0].strip(),
                f"{found[0].strip()} is written into the logs.",
                re.sub(r"\s+", " ", arguments)[:120],
            )


def _arguments(text: str, start: int) -> str:
    depth = 1
    for at in range(start, min(len(text), start + 1500)):
        if text[at] == "(":
            depth += 1
        elif text[at] == ")":
            depth -= 1
            if depth == 0:
                return text[start:at]
    return text[start : start + 200]


def _without_literals(arguments: str) -> str:
    """Return arguments without the words of their strings, but with what is put into them."""
    kept = " ".join(re.findall(r"\$\{([^{}]*)\}", arguments))
    formatted = " ".join(
        inner
        for piece in re.findall(r"\bf(?:'[^']*'|\"[^\"]*\")", arguments)
        for inner in re.findall(r"\{([^{}]*)\}", piece)
    )
    plain = re.sub(r"(?:\b[fr])?(?:`[^`]*`|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")", "''", arguments)
    return f"{plain} {kept} {formatted}"
