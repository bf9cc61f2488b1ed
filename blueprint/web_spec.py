"""The web part of the launch spec: where the app is served from, and where hosts and pages have moved."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import quote

from pydantic import AfterValidator, Field, model_validator

from blueprint.field_types import (
    HOST,
    LETTER,
    Host,
    Label,
    RedirectTarget,
    bare_host,
    form,
    has_path,
    in_letters,
    keeps_query,
)
from blueprint.part import Part
from blueprint.suggestion import did_you_mean

KEPT_BY_CLOUDFLARE = ("cf-", "x-cf-")
KEPT_HEADERS = frozenset({"server", "eh-cache-tag", "eh-cdn-cache-control"})
"""https://developers.cloudflare.com/rules/transform/response-header-modification/, "Important remarks"."""
OF_THE_CONNECTION = frozenset(
    (
        *("connection", "content-encoding", "content-length", "date", "keep-alive", "trailer", "transfer-encoding"),
        *("upgrade", "accept-ranges", "age", "content-range", "content-type", "etag", "last-modified", "location"),
    )
)
"""What each response says of itself (RFC 9110 sections 7.6, 8 and 10.2; RFC 9111): the rules add to every response."""


def _settable(name: str) -> str:
    plain = name.lower()
    if plain.startswith(KEPT_BY_CLOUDFLARE) or plain in KEPT_HEADERS:
        guess = re.sub(r"^(x-)?cf-", "X-App-", name, flags=re.IGNORECASE)
        raise ValueError(
            f"Cloudflare keeps the response header {name} for itself and refuses a rule that sets it"
            f"{did_you_mean(*[guess] if guess != name else [])}"
        )
    if plain in OF_THE_CONNECTION:
        raise ValueError(f"{name} belongs to each response, and no fixed value of it is right; drop it")
    if plain == "strict-transport-security":
        raise ValueError(
            f"{name} is made of cloudflare.hsts_max_age, hsts_subdomains and hsts_preload, in stages; set those instead"
        )
    if plain == "set-cookie":
        raise ValueError(f"{name} would replace every cookie that the app sets; set cookies in the app")
    return name


def _one_page(text: str) -> str:
    bare = re.sub(r"^[a-zA-Z]+://", "", text)
    host, slash, path = re.split(r"[?#]", bare)[0].partition("/")
    plain = f"{bare_host(host)}{slash}{_as_sent(path)}"
    if "*" in path or "*" in host:
        raise ValueError(
            f'"{text}" holds a wildcard, and an entry moves one page; name each page, or move the whole host under '
            "redirects"
        )
    if re.search(r"[?#]", bare):
        raise ValueError(
            f'"{text}" has a query or a fragment, and Cloudflare compares the path alone'
            f"{did_you_mean(*[plain] if path else [])}"
        )
    if not path and re.fullmatch(HOST, bare_host(host)):
        raise ValueError(
            f'"{text}" is the start page of {bare_host(host)}, which the web app answers, and an entry moves a page '
            "below it; a host that leads elsewhere as a whole is named under redirects, and not under web.names"
        )
    if plain != text:
        raise ValueError(
            f'"{text}" is not the address of a page as browsers send it, which is what Cloudflare compares'
            f"{did_you_mean(plain)}"
        )
    return text


def _as_sent(path: str) -> str:
    """Return a path, without the slash in front, as browsers send it and Cloudflare compares it.

    RFC 3986 section 6.2.2, and Cloudflare's "URL normalization", which also makes one slash of several.
    """
    plain = re.sub("/{2,}", "/", "/" + re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", path))[1:]
    quoted = quote(plain, safe="/%:@!$&'()+,;=~-._")
    encoded = re.sub(r"%[0-9A-Fa-f]{2}", _unescaped, quoted)
    whole: list[str] = []
    for part in encoded.split("/"):
        whole = whole[:-1] if part == ".." else [*whole, *([] if part == "." else [part])]
    return "/".join([*whole, *([""] if encoded.rpartition("/")[2] in (".", "..") else [])])


def _unescaped(found: re.Match[str]) -> str:
    letter = chr(int(found[0][1:], 16))
    return letter if re.fullmatch(r"[A-Za-z0-9._~-]", letter) else found[0].upper()


def _without_query(text: str) -> str:
    page, mark, fragment = text.partition("#")
    bare, query, _ = page.partition("?")
    if query:
        raise ValueError(
            f'"{text}" has a query, but visitors keep their own when they are led on'
            f"{did_you_mean(f'{bare}{mark}{fragment}')}"
        )
    if "*" in page:
        raise ValueError(
            f'"{text}" holds a wildcard, and an entry leads to one page; name it, and each page on its own'
        )
    if not text.isascii():
        raise ValueError(f'"{text}" holds letters that an address has only encoded{did_you_mean(_encoded(text))}')
    return text


def _encoded(url: str) -> str:
    page, mark, fragment = url.removeprefix("https://").partition("#")
    host, slash, path = page.partition("/")
    return f"https://{bare_host(host)}{slash}{quote(path, safe='/%')}{mark}{in_letters(fragment)}"


def _as_page(text: str) -> str:
    page, _, fragment = re.sub(r"^[a-zA-Z]+://", "", text.strip()).partition("#")
    host, _, path = page.partition("/")
    return f"https://{bare_host(host)}/{_as_sent(path)}{f'#{in_letters(fragment)}' if fragment else ''}"


HeaderName = Annotated[
    str,
    form(r"[A-Za-z0-9-]+", "the name of a response header, such as Content-Security-Policy", 100),
    AfterValidator(_settable),
]
HeaderValue = Annotated[str, form(r"[\x20-\x7e]+", "the value of a response header, in one line", 2048)]
PageAddress = Annotated[
    str,
    AfterValidator(_one_page),
    form(
        rf"{HOST}/[^\s?#]+",
        "the address of a page without https://, such as acme.com/old-page",
        2048,
        lambda text: re.split(r"[?#]", text.removeprefix("https://"))[0],
    ),
]
PageTarget = Annotated[
    str,
    AfterValidator(_without_query),
    form(
        rf"https://{HOST}/[!$&'()*+,;=:@/%A-Za-z0-9._~-]*(?:#{LETTER}+)?",
        "the https address of a page, such as https://acme.com/new-page",
        2048,
        _as_page,
    ),
]


class Web(Part):
    """Where the web app is served from: apex and the subdomains `names` are pointed at `host`, behind the edge.

    `site` is that of Firebase Hosting to make, whose host is SITE.web.app.
    `headers` are response headers to add to the security headers, or to replace one of them.
    """

    host: Host
    site: Label | None = None
    names: tuple[Label, ...] = Field(default=("app",), strict=False)
    headers: dict[HeaderName, HeaderValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_where_its_site_is(self) -> Self:
        if self.site and self.host != f"{self.site}.web.app":
            raise ValueError(f"the site {self.site} is served at {self.site}.web.app; set host to that, or drop site")
        return self

    @model_validator(mode="after")
    def _has_each_header_once(self) -> Self:
        names = [name.lower() for name in self.headers]
        twice = next((name for name in self.headers if names.count(name.lower()) > 1), None)
        if twice:
            raise ValueError(f"headers has {twice} twice, in two spellings; header names do not tell capitals apart")
        return self


class Redirect(Part):
    """Every path of host `source` goes to the same path below `target`, an https address.

    With a path, `target` is one page, such as an app's in a store, and every path goes there. It may end in a fragment,
    in which Flutter's web apps have their routes unless told otherwise (https://acme.com/#/join).
    """

    source: Host
    target: RedirectTarget
    status: Literal[301, 302, 307, 308] = 301

    @property
    def target_host(self) -> str:
        """The host that visitors end at."""
        return self.target.removeprefix("https://").partition("/")[0]

    @property
    def is_to_one_page(self) -> bool:
        """Whether every path leads to the same page."""
        return has_path(self.target)

    @property
    def keeps_query(self) -> bool:
        """Whether visitors keep their own query."""
        return keeps_query(self.target)

    @model_validator(mode="after")
    def _does_not_loop(self) -> Self:
        if self.source == self.target_host:
            raise ValueError(f"{self.source} redirects to itself and would loop; set target to the canonical host")
        return self


class MovedPage(Part):
    """One page of a host that serves the web app has moved: `source` is host and path, `target` an https address."""

    source: PageAddress
    target: PageTarget
    status: Literal[301, 302, 307, 308] = 301

    @property
    def host(self) -> str:
        """The host of the page."""
        return self.source.partition("/")[0]

    @property
    def keeps_query(self) -> bool:
        """Whether visitors keep their own query."""
        return keeps_query(self.target)

    @model_validator(mode="after")
    def _does_not_loop(self) -> Self:
        if self.target.partition("#")[0] == f"https://{self.source}":
            raise ValueError(f"{self.source} redirects to itself and would loop; set target to where the page is now")
        return self
