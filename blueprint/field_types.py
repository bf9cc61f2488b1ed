"""The texts of a launch spec that have a form: host names, addresses, ids. A wrong one is told what a right one is."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123 section 2.1
HOST = rf"(?:{LABEL}\.)+{LABEL}"
TARGET = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]{2,63}"  # may hold _domainkey, RFC 8552
ADOPTED = "Database/firestore"
SHOWN = 60  # characters of a wrong text that are repeated


def form(pattern: str, words: str, longest: int = 255) -> AfterValidator:
    """Return a validator for texts of at most `longest` characters which match `pattern` as a whole.

    `words` end the sentence "… is not": they say what is wanted, with an example.
    """

    def checked(text: str) -> str:
        if len(text) <= longest and re.fullmatch(pattern, text):
            return text
        given = f'"{text}"' if len(text) <= SHOWN and text.isprintable() else "this text"
        raise ValueError(f"{given} is not {words}")

    return AfterValidator(checked)


Label = Annotated[
    str, form(LABEL, "one part of a host name: lower-case letters, digits and dashes inside, such as app", 63)
]
Host = Annotated[str, form(HOST, "a host name: lower case, without https:// and without a path, such as acme.com", 253)]
HttpsAddress = Annotated[str, form(rf"https://{HOST}", "an https address without a path, such as https://acme.com")]
Email = Annotated[
    str, form(rf"[^@\s\"<>]{{1,64}}@{HOST}", "an e-mail address alone, without a name, such as ada@acme.com", 254)
]
ProjectId = Annotated[
    str,
    form(
        r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
        "a Google Cloud project id: 6 to 30 lower-case letters, digits and dashes, a letter first, such as acme-prod",
    ),
]
BillingAccount = Annotated[
    str,
    form(
        r"[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}",
        "a billing account as console.cloud.google.com/billing lists it, such as 012345-6789AB-CDEF01",
    ),
]
Organization = Annotated[str, form(r"[0-9]+", 'the number of a Google Cloud organization, such as "123456789012"')]
CloudflareId = Annotated[
    str,
    form(
        r"[0-9a-f]{32}",
        "a Cloudflare account id: the 32 digits and letters a to f on the account's overview, such as "
        "0123456789abcdef0123456789abcdef",
    ),
]
Region = Annotated[str, form(r"[a-z]+-[a-z]+[0-9]+", "a Google Cloud region, such as europe-west1")]
PackageName = Annotated[
    str,
    form(r"[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)+", "an app's id in reverse domain order, such as com.acme.app"),
]
Drafter = Annotated[
    str, form(r"off|rehearsal|gemini-[a-z0-9.-]{1,60}", "off, rehearsal, or a model such as gemini-2.5-flash")
]
Server = Annotated[str, form(rf"{HOST}:[0-9]{{2,5}}", "a server and its port, such as smtp.acme.com:587")]
PlanName = Annotated[
    str,
    form(r"(?!free$|none$)[a-z0-9][a-z0-9_-]{0,63}", "a plan's name in lower case, such as pro; free is for nobody"),
]
PriceName = Annotated[
    str, form(r"[A-Za-z0-9_.-]{1,128}", "a price at Stripe: its id or lookup key, such as price_1Abc or pro_monthly")
]
Name = Annotated[str, form(r"(?s).*\S.*", "a name, such as Ada Founder")]
TargetHost = Annotated[
    str, form(TARGET, "a host name as the provider's console shows it, such as u1234.wl1.sendgrid.net", 253)
]
HttpsUrl = Annotated[
    str, form(rf"https://{HOST}/[^\s;,]*", "an https address with a path, such as https://acme.com/logo.svg", 2048)
]
PageAddress = Annotated[
    str, form(rf"{HOST}/[^\s?#]+", "the address of a page without https://, such as acme.com/old-page", 2048)
]
HeaderName = Annotated[
    str, form(r"[A-Za-z0-9-]+", "the name of a response header, such as Content-Security-Policy", 100)
]
HeaderValue = Annotated[str, form(r"[\x20-\x7e]+", "the value of a response header, in one line", 2048)]
AdoptedName = Annotated[
    str, form(r"[A-Za-z]+/\S+", f"TYPE/NAME of a resource as `./launch preview` shows it, such as {ADOPTED}", 512)
]
DkimKey = Annotated[
    str,
    form(
        rf"(?s)v=DKIM1;.*|{TARGET}",
        'a DKIM key as the provider\'s console shows it, such as "v=DKIM1; k=rsa; p=MIIB…", or the host name that its '
        "CNAME leads to",
        4096,
    ),
]
