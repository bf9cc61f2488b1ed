"""A zone's settings, with Cloudflare's defaults for those that nobody set (API: "Edit zone setting")."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

VERSIONS = {"1.0": "MINIMUM_SUPPORTED", "1.1": "TLSv1_1", "1.2": "TLSv1_2", "1.3": "TLSv1_3"}
OLD = "DEFAULT:@SECLEVEL=0"  # the ciphers of TLS 1.0 and 1.1, which OpenSSL hides at its usual level


@dataclass(frozen=True)
class Hsts:
    """Strict-Transport-Security (RFC 6797); `max_age` is in seconds, `nosniff` adds X-Content-Type-Options."""

    max_age: int
    include_subdomains: bool = False
    preload: bool = False
    nosniff: bool = False

    @property
    def value(self) -> str:
        """The header's value."""
        marks = [("includeSubDomains", self.include_subdomains), ("preload", self.preload)]
        return "; ".join([f"max-age={self.max_age}", *(word for word, wanted in marks if wanted)])


@dataclass(frozen=True)
class Settings:
    """What the edge obeys. `ssl_mode` is off, flexible, full or strict, `browser_ttl` in seconds (0: the origin's)."""

    ssl_mode: str = "full"
    always_use_https: bool = False
    min_tls_version: str = "1.0"
    tls_1_3: bool = True
    browser_ttl: int = 14_400
    hsts: Hsts | None = None
    http2: bool = True
    http3: bool = False

    def restrict(self, context: ssl.SSLContext) -> None:
        """Limit a server context to the TLS versions that the zone allows."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the zone's owner may still want what is deprecated
            context.minimum_version = ssl.TLSVersion[VERSIONS[self.min_tls_version]]
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED if self.tls_1_3 else ssl.TLSVersion.TLSv1_2
        if self.min_tls_version < "1.2":
            context.set_ciphers(OLD)


def parse(values: Mapping[str, Any]) -> Settings:
    """Return the settings from the values of `ZoneSetting` resources by their `settingId`."""
    known = Settings()
    least = str(values.get("min_tls_version", known.min_tls_version))
    return Settings(
        ssl_mode=str(values.get("ssl", known.ssl_mode)),
        always_use_https=values.get("always_use_https") == "on",
        min_tls_version=least if least in VERSIONS else known.min_tls_version,
        tls_1_3=values.get("tls_1_3", "on") != "off",
        browser_ttl=int(values.get("browser_cache_ttl", known.browser_ttl)),
        hsts=_hsts(values.get("security_header") or {}),
        http2=values.get("http2", "on") != "off",
        http3=values.get("http3") == "on",
    )


def _hsts(value: Mapping[str, Any]) -> Hsts | None:
    wanted: Mapping[str, Any] = value.get("strict_transport_security") or {}
    if not wanted.get("enabled"):
        return None
    flags = {name: bool(wanted.get(name)) for name in ("include_subdomains", "preload", "nosniff")}
    return Hsts(int(wanted.get("max_age", 0)), **flags)
