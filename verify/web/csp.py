"""Content-Security-Policy, as far as it can be judged without the page (CSP Level 3, section 2.2)."""

from __future__ import annotations

from collections.abc import Mapping

Policy = Mapping[str, tuple[str, ...]]

SCRIPTS = ("script-src-elem", "script-src", "default-src")  # section 6.8.3: the first of them that there is decides
ANYWHERE = ("*", "http:", "https:", "data:", "blob:")


def parse_policies(value: str) -> tuple[Policy, ...]:
    """Return the policies of a header: directive → sources, all in lower case; where one comes twice the first counts.

    Never fails: browsers skip what they do not understand (section 2.2.1).
    """
    policies = []
    for text in value.split(","):
        policy: dict[str, tuple[str, ...]] = {}
        for directive in text.split(";"):
            name, *sources = directive.lower().split() or [""]
            if name:
                policy.setdefault(name, tuple(sources))
        if policy:
            policies.append(policy)
    return tuple(policies)


def script_holes(policy: Policy) -> tuple[str, ...]:
    """Return the sources by which a policy that restricts scripts lets an injected one run after all."""
    sources = next((policy[name] for name in SCRIPTS if name in policy), ())
    trusted = any(source.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for source in sources)
    strict = trusted and "'strict-dynamic'" in sources
    inline = () if trusted else ("'unsafe-inline'",)  # section 6.7.3.2: nonces and hashes switch it off
    return tuple(source for source in sources if source in (*inline, *(() if strict else ANYWHERE)))


def framed_by_anyone(policy: Policy) -> bool | None:
    """Return whether every site may frame the page, None where the policy does not say."""
    sources = policy.get("frame-ancestors")
    return None if sources is None else any(source in ANYWHERE for source in sources)
