"""Which names can be a zone of their own: below Cloudflare's Enterprise plan, only domains that somebody registers.

Source: https://developers.cloudflare.com/dns/zone-setups/subdomain-setup/ (Enterprise), and "Cannot add domains to
Cloudflare" (code 1116: provide the root domain). The list of all public suffixes is long and changes; here are those
top-level domains below which names are registered directly, and the hosts of web hosters. A name that cannot be told
is let pass.
"""

from __future__ import annotations

HOSTERS = {
    "web.app": "Firebase",
    "hosted.app": "Firebase",
    "firebaseapp.com": "Firebase",
    "run.app": "Google",
    "appspot.com": "Google",
    "cloudfunctions.net": "Google",
    "github.io": "GitHub",
    "gitlab.io": "GitLab",
    "netlify.app": "Netlify",
    "vercel.app": "Vercel",
    "pages.dev": "Cloudflare",
    "workers.dev": "Cloudflare",
    "herokuapp.com": "Heroku",
    "onrender.com": "Render",
    "fly.dev": "Fly.io",
    "flutterflow.app": "FlutterFlow",
    "up.railway.app": "Railway",
    "replit.app": "Replit",
    "surge.sh": "Surge",
    "webflow.io": "Webflow",
    "wixsite.com": "Wix",
    "myshopify.com": "Shopify",
    "blogspot.com": "Google",
    "cloudfront.net": "Amazon",
    "amplifyapp.com": "Amazon",
    "azurewebsites.net": "Microsoft",
    "azurestaticapps.net": "Microsoft",
    "azurefd.net": "Microsoft",
    "b-cdn.net": "bunny.net",
    "bubbleapps.io": "Bubble",
    "deno.dev": "Deno",
    "framer.app": "Framer",
    "framer.website": "Framer",
    "globeapp.dev": "Globe",
    "koyeb.app": "Koyeb",
    "lovable.app": "Lovable",
    "ondigitalocean.app": "DigitalOcean",
    "zeabur.app": "Zeabur",
}
"""Below these, names are a hoster's alone to give; publicsuffix.org has most of them in its private part."""
FLAT = frozenset(
    (
        *("ai", "at", "be", "cc", "ch", "co", "cz", "de", "dk", "eu", "fi", "fm", "gg", "ie", "io", "is", "li", "lt"),
        *("lu", "lv", "me", "nl", "pt", "se", "sh", "si", "sk", "so", "to", "tv", "ws"),
    )
)
"""Top-level domains of two letters below which names are registered directly."""
SHORTEST = 4  # letters; a shorter second part may be a suffix, such as co.uk, com.de or eu.org
SECOND = frozenset({"co", "com", "net", "org"})
"""Second parts below which countries have names registered: acme.co.uk, acme.com.au."""
STATES = frozenset({"us"})  # whose co.us is Colorado, with suffixes of its own


def registered(name: str) -> str | None:
    """Return the registered domain that a host name lies in, None when that is the name itself or cannot be told."""
    labels = name.split(".")
    if len(labels[-1]) == 2 and labels[-1] not in STATES and labels[-2] in SECOND:
        return ".".join(labels[-3:]) if len(labels) > 3 else None
    if len(labels) <= 2 or len(labels[-2]) < SHORTEST or not _is_flat(labels[-1]):
        return None
    return ".".join(labels[-2:])


def hoster(name: str) -> str | None:
    """Return whose host a name is when nobody but a web hoster can own it."""
    return next((owner for suffix, owner in HOSTERS.items() if name == suffix or name.endswith(f".{suffix}")), None)


def _is_flat(top: str) -> bool:
    return len(top) > 2 or top in FLAT
