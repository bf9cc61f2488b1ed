"""The texts of a launch spec that have a form: host names, addresses, ids. A wrong one is told what a right one is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from pydantic import AfterValidator

from blueprint import dkim, gemini_models
from blueprint.suggestion import did_you_mean, shown

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123 section 2.1
HOST = rf"(?:{LABEL}\.)+(?![0-9]+(?![a-z0-9-])){LABEL}"
"""Ends in a top-level domain, of which none is a number (RFC 3696 section 2): 192.0.2.1 is an address."""
TARGET = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})"
"""May hold _domainkey (RFC 8552), and ends in a top-level domain, an encoded one too (RFC 5891)."""
LETTER = r"[!$&'()*+,;=:@/?%A-Za-z0-9._~-]"
"""One of a path, a query or a fragment (RFC 3986 section 3)."""
LONGEST_HOST = 253  # characters, RFC 1035 section 2.3.4
LAST_PRIORITY = 65_535
ADOPTED = "Database/firestore"


def form(
    pattern: str, words: str, longest: int = 255, meant: Callable[[str], str] = lambda text: text.strip()
) -> AfterValidator:
    """Return a validator for texts of at most `longest` characters which match `pattern` as a whole.

    `words` end the sentence "… is not": they say what is wanted, with an example. `meant` makes a guess of a wrong
    text, which is told when it is right.
    """

    def fits(text: str) -> bool:
        return len(text) <= longest and re.fullmatch(pattern, text) is not None

    def checked(text: str) -> str:
        if fits(text):
            return text
        if len(text) > longest and re.fullmatch(pattern, text):
            raise ValueError(f"{shown(text)} has {len(text):,} characters, and at most {longest:,} are taken here")
        guess = meant(text)
        raise ValueError(f"{shown(text)} is not {words}{did_you_mean(*[guess] if fits(guess) else [])}")

    return AfterValidator(checked)


def bare_host(text: str) -> str:
    """Return the host name in what people paste: an address with scheme, user, port and path, capitals, umlauts."""
    authority = re.split(r"[/?#]", re.sub(r"^[a-zA-Z][a-zA-Z+.-]*://", "", text.strip()))[0].rpartition("@")[2]
    return _ascii(authority.partition(":")[0].strip().rstrip(".").lower().removeprefix("*."))


def encoded_name(text: str) -> str:
    """Return a name within a zone as the DNS has it: umlauts encoded, without blanks and the final dot."""
    return _ascii(target_host(text))


def _ascii(host: str) -> str:
    """Return an internationalized name as the DNS has it (RFC 3490), or itself where that is not sure."""
    if host.isascii() or "ß" in host:  # older and newer rules write that letter differently
        return host
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host


def _bare_email(text: str) -> str:
    found = re.search(r"[^\s<>\"':;,]+@[^\s<>\"':;,]+", text)
    user, _, host = (found.group(0) if found else "").rpartition("@")
    return f"{user}@{bare_host(host)}"


def _label(text: str) -> str:
    return bare_host(text).partition(".")[0].replace("_", "-")


def _project_id(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower().removeprefix("projects/")).strip("-")


def _without_googles_own(text: str) -> str:
    """Refuse what Google keeps for itself; the bucket of the sources has the project's id in its name, too.

    https://cloud.google.com/resource-manager/docs/creating-managing-projects and
    https://cloud.google.com/storage/docs/buckets#naming
    """
    wrong = re.match(r"goog", text) or re.search(r"g[o0]{2}g[l1]e", text)
    if wrong is None:
        return text
    guess = _project_id(re.sub(r"g[o0]{2}g([l1]e)?", "", text))
    fits = re.fullmatch(r"[a-z][a-z0-9-]{4,28}[a-z0-9]", guess)
    raise ValueError(
        f'"{text}" holds "{wrong.group(0)}", which Google keeps for itself in the ids of projects and the names of '
        f"buckets{did_you_mean(*[guess] if fits else [])}"
    )


def _https_address(text: str) -> str:
    """Return what people paste as an https address: all behind the host is kept, in the letters that it may have."""
    found = re.fullmatch(r"(?:[a-zA-Z][a-zA-Z+.-]*://)?([^/?#]*)([^#]*)#?(.*)", text.strip(), re.DOTALL)
    host, rest, fragment = found.groups() if found else ("", "", "")
    page = in_letters(f"/{rest}" if rest.startswith("?") else rest)
    if fragment:
        return f"https://{bare_host(host)}{page or '/'}#{in_letters(fragment)}"
    return f"https://{bare_host(host)}{page if page != '/' else ''}"


def in_letters(text: str) -> str:
    """Return a path, a query or a fragment in the letters that those may have (RFC 3986 section 3)."""
    return quote(text, safe="!$&'()*+,;=:@/?%-._~")


def _not_retired(text: str) -> str:
    if not gemini_models.is_retired(text):
        return text
    raise ValueError(f"{text} was retired, and Google answers 404 for it{did_you_mean(gemini_models.PRESENT)}")


def _lower(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()


def _model(text: str) -> str:
    """Return the model that is meant: without its path, and the one of today for one that was retired."""
    plain = re.sub(r"\s+", "-", text.strip()).lower().rpartition("/")[2]
    return gemini_models.PRESENT if gemini_models.is_retired(plain) else plain


def target_host(text: str) -> str:
    """Return a host name of a console in the form of our records: lower case, without the final dot."""
    return text.strip().rstrip(".").lower()


def _dkim(text: str) -> str:
    host = target_host(text)
    return host if re.fullmatch(TARGET, host) and len(host) <= LONGEST_HOST else dkim.record(text)


def _server_line(text: str) -> str:
    """Return a mail server as a zone file has it, `10 mx1.example.com`, in the form of our records."""
    return " ".join(target_host(text).split())


def _meant_server(text: str) -> str:
    """Return the one mail server in a line of a console or a zone file, whatever stands around host and priority."""
    words = re.sub(r"[()\[\],;:\t]+|[a-zA-Z]+://|/", " ", text).split()
    hosts = [each for each in map(target_host, words) if re.fullmatch(HOST, each)]
    numbers = [each for each in words if each.isdecimal()]
    return " ".join([*numbers[-1:], *hosts])  # in a zone file, the TTL stands in front of the priority


def _priority_that_can_be(text: str) -> str:
    priority = text.rpartition(" ")[0]
    if priority and int(priority) > LAST_PRIORITY:
        raise ValueError(f'"{text}": the priority is at most {LAST_PRIORITY} (RFC 1035 section 3.3.9)')
    return text


def _spf_include(text: str) -> str:
    found = re.search(r"(?:include|redirect)[:=](\S+)", text)
    return target_host(found.group(1) if found else bare_host(text))


Label = Annotated[
    str, form(LABEL, "one part of a host name: lower-case letters, digits and dashes inside, such as app", 63, _label)
]
Host = Annotated[
    str,
    form(HOST, "a host name: lower case, without https:// and without a path, such as acme.com", 253, bare_host),
]
SignInHost = Annotated[
    str, form(rf"localhost|{HOST}", "a host where people sign in, such as app.acme.com or localhost", 253, bare_host)
]
RedirectTarget = Annotated[
    str,
    form(
        rf"https://{HOST}(?:/(?=.){LETTER}*(?:#{LETTER}+)?)?",
        "an https address: https://acme.com keeps each path, https://apps.apple.com/app/id123 is one page for all",
        2048,
        _https_address,
    ),
]


def has_path(address: str) -> bool:
    """Tell whether an https address names one page, and not only a host."""
    return "/" in address.removeprefix("https://")


def keeps_query(address: str) -> bool:
    """Tell whether visitors who are led to an address keep their own query.

    Not where it has one itself ("Supported URL components in Bulk Redirects"), and not where it has a fragment:
    Cloudflare sends that as it is written ("Single Redirects settings": a literal string; Bulk Redirects support one in
    a target), and does not say where it would put a query beside it.
    """
    return "?" not in address and "#" not in address


Email = Annotated[
    str,
    form(
        rf"(?!\.)(?!.*\.\.|.*\.@)[^@\s\"<>(),:;\\\[\]]{{1,64}}@{HOST}",
        "an e-mail address alone, without a name, such as ada@acme.com",
        254,
        _bare_email,
    ),
]
ProjectId = Annotated[
    str,
    form(
        r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
        "a Google Cloud project id: 6 to 30 lower-case letters, digits and dashes, a letter first, such as acme-prod",
        meant=_project_id,
    ),
    AfterValidator(_without_googles_own),
]
BillingAccount = Annotated[
    str,
    form(
        r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}",
        "a billing account as console.cloud.google.com/billing lists it, such as 012345-6789AB-CDEF01",
        meant=lambda text: text.strip().rpartition("/")[2].upper(),
    ),
]
Organization = Annotated[
    str,
    form(
        r"[0-9]+",
        'the number of a Google Cloud organization, such as "123456789012"',
        meant=lambda text: text.strip().rpartition("/")[2],
    ),
]
CloudflareId = Annotated[
    str,
    form(
        r"[0-9a-f]{32}",
        "a Cloudflare account id: the 32 digits and letters a to f on the account's overview, such as "
        "0123456789abcdef0123456789abcdef",
        meant=_lower,
    ),
]
AndroidId = Annotated[
    str,
    form(
        r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*)+",
        "an app's id in reverse domain order as Android has it, such as com.acme.app: each part begins with a letter, "
        "and holds letters, digits and underscores, no dash",
        meant=lambda text: text.strip().strip(".").replace("-", "_"),
    ),
]
"""https://developer.android.com/build/configure-app-module: the application id."""
AppleId = Annotated[
    str,
    form(
        r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
        "an app's id in reverse domain order as Apple has it, such as com.acme.app: letters, digits and dashes between "
        "the dots, no underscore",
        155,
        meant=lambda text: text.strip().strip(".").replace("_", "-"),
    ),
]
"""https://developer.apple.com/documentation/bundleresources/information-property-list/cfbundleidentifier."""
Drafter = Annotated[
    str,
    form(
        rf"off|rehearsal|{gemini_models.NAME}",
        f"off, rehearsal, or a model such as {gemini_models.PRESENT}",
        meant=_model,
    ),
    AfterValidator(_not_retired),
]


def _with_port(text: str) -> str:
    """Return a server as it is written here, with the port for submission where the text names none."""
    port = re.search(r":([0-9]{2,5})\s*/?$", text)
    return f"{bare_host(text)}:{port[1] if port else SUBMISSION}"


def _lets_mail_out(text: str) -> str:
    """Refuse ports that there are not, and the one that Google Cloud closes.

    https://cloud.google.com/compute/docs/tutorials/sending-mail: port 25 to the internet is always blocked.
    """
    port = int(text.rpartition(":")[2])
    if port == BLOCKED_PORT:
        raise ValueError(
            f'"{text}": nothing leaves Google Cloud for port {port}; take the port for submission, 587 or 465. Did you '
            f"mean {text.rpartition(':')[0]}:{SUBMISSION}?"
        )
    if not 1 <= port <= LAST_PORT:
        raise ValueError(f'"{text}" has no such port; the last one is {LAST_PORT}')
    return text


BLOCKED_PORT, SUBMISSION, LAST_PORT = 25, 587, 65_535
Server = Annotated[
    str,
    form(rf"{HOST}:[0-9]{{2,5}}", "a server and its port, such as smtp.acme.com:587", meant=_with_port),
    AfterValidator(_lets_mail_out),
]
PlanName = Annotated[
    str,
    form(r"(?!free$|none$)[a-z0-9][a-z0-9_-]{0,63}", "a plan's name in lower case, such as pro; free is for nobody"),
]


def _no_product(text: str) -> str:
    """Refuse the id of a product, which subscriptions and payments do not name (docs.stripe.com/api/prices/object)."""
    if re.fullmatch(r"prod_(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{14,}", text):
        raise ValueError(
            f'"{text}" is a product at Stripe, and a plan is known by its prices; open the product there, and copy the '
            "id of each price (price_…) or its lookup key"
        )
    return text


PriceName = Annotated[
    str,
    form(r"[A-Za-z0-9_.-]{1,128}", "a price at Stripe: its id or lookup key, such as price_1Abc or pro_monthly"),
    AfterValidator(_no_product),
]
Name = Annotated[str, form(r"(?s).*\S.*", "a name, such as Ada Founder")]
TargetHost = Annotated[
    str,
    AfterValidator(target_host),
    form(TARGET, "a host name as the provider's console shows it, such as u1234.wl1.sendgrid.net", 253, bare_host),
]
MailServer = Annotated[
    str,
    AfterValidator(_server_line),
    form(
        rf"(?:[0-9]{{1,5}} )?{HOST}",
        "a mail server with its priority as the provider's console shows them, such as 10 mx1.example.com",
        260,
        _meant_server,
    ),
    AfterValidator(_priority_that_can_be),
]
SpfInclude = Annotated[
    str,
    AfterValidator(target_host),
    form(
        TARGET,
        "the name behind include: in the sender's SPF record, such as _spf.google.com",
        253,
        _spf_include,
    ),
]
Selector = Annotated[
    str,
    form(
        rf"{LABEL}(?:\.{LABEL})*",  # RFC 6376 section 3.1
        "a DKIM selector alone, the part in front of ._domainkey, such as google",
        190,
        lambda text: text.strip().lower().partition("._domainkey")[0],
    ),
]
HttpsUrl = Annotated[
    str, form(rf"https://{HOST}/[^\s;,]*", "an https address with a path, such as https://acme.com/logo.svg", 2048)
]
AdoptedName = Annotated[
    str, form(r"[A-Za-z]+/\S+", f"TYPE/NAME of a resource as `./launch preview` shows it, such as {ADOPTED}", 512)
]
AdoptedId = Annotated[
    str, form(r"\S(?:.*\S)?", f"the id that the resource has in its cloud, as {ADOPTED} has (default)", 1_024)
]
DkimKey = Annotated[str, AfterValidator(_dkim)]
"""A key in any form that consoles show, kept as its TXT record's text; or the host name that its CNAME leads to."""
