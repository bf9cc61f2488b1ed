"""What secrets look like: for each kind the words that announce it and the shape of the value.

The shapes are those that the vendors print in their documentation or that their keys visibly have. Keys that are meant
to be public (Firebase web keys, publishable keys) are not here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from triage.quick import quick

END = rb"(?![A-Za-z0-9_-])"
START = rb"(?<![A-Za-z0-9_])"
LONGEST = 600  # bytes: no shape below is longer, so that a stretch of that size around its start holds it whole


@dataclass(frozen=True)
class Pattern:
    """One kind of secret: a name for people, a literal that always occurs in it, its shape (group 1 is the secret)."""

    name: str
    word: bytes
    source: bytes
    test_key: bool = False
    entropy: float = 3.0

    @cached_property
    def shape(self) -> re.Pattern[bytes]:
        """The shape, compiled when something first looks like it: most scans need few of them."""
        return re.compile(self.source)


def _shape(name: str, word: str, value: str, *, test_key: bool = False, entropy: float = 3.0) -> Pattern:
    return Pattern(name, word.encode(), START + b"(" + value.encode() + b")" + END, test_key, entropy)


PATTERNS = (
    _shape("Stripe secret key", "_live_", r"[sr]k_live_[A-Za-z0-9]{16,247}"),
    _shape("Stripe test key", "_test_", r"[sr]k_test_[A-Za-z0-9]{16,247}", test_key=True),
    _shape("Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{24,100}"),
    _shape(
        "HubSpot token", "pat-", r"pat-(?:na|eu|ap)[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    ),
    _shape("SendGrid key", "SG.", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    _shape("Resend key", "re_", r"re_[A-Za-z0-9]{8}_[A-Za-z0-9]{20,28}", entropy=3.5),
    _shape("Mailgun key", "key-", r"key-[0-9a-f]{32}"),
    _shape("Mailchimp key", "-us", r"[0-9a-f]{32}-us[0-9]{1,2}"),
    _shape("Brevo key", "xkeysib-", r"xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}"),
    _shape("OpenAI key", "sk-", r"sk-(?:proj-|svcacct-|admin-)?(?!ant-)[A-Za-z0-9_-]{16,200}", entropy=3.7),
    _shape("Anthropic key", "sk-ant-", r"sk-ant-[A-Za-z0-9_-]{20,200}"),
    _shape("Groq key", "gsk_", r"gsk_[A-Za-z0-9]{40,60}"),
    _shape("Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,40}", entropy=3.5),
    _shape("Replicate token", "r8_", r"r8_[A-Za-z0-9]{37,40}"),
    _shape("Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9-]{20,250}"),
    _shape(
        "Slack webhook", "hooks.slack.com", r"https://hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16,}"
    ),
    _shape(
        "Discord webhook",
        "/api/webhooks/",
        r"https://(?:\w+\.)?discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{40,80}",
    ),
    _shape("Telegram bot token", ":AA", r"[0-9]{8,11}:AA[A-Za-z0-9_-]{32,36}"),
    _shape("GitHub token", "gh", r"(?:gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{50,255})"),
    _shape("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_-]{20,60}"),
    _shape("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
    _shape("AWS access key", "AKIA", r"AKIA[A-Z2-7]{16}"),
    _shape("Google OAuth client secret", "GOCSPX-", r"GOCSPX-[A-Za-z0-9_-]{24,36}"),
    _shape("Google OAuth refresh token", "1//0", r"1//0[A-Za-z0-9_-]{40,200}"),
    _shape("Firebase Cloud Messaging server key", ":APA91b", r"AAAA[A-Za-z0-9_-]{7}:APA91b[A-Za-z0-9_-]{100,200}"),
    _shape("Twilio key", "SK", r"SK[0-9a-f]{32}", entropy=3.3),
    _shape("Square token", "EAAA", r"EAAA[A-Za-z0-9_-]{56,64}"),
    _shape("Square secret", "sq0csp-", r"sq0csp-[A-Za-z0-9_-]{40,50}"),
    _shape("Paystack, Flutterwave secret key", "SECK", r"FLWSECK-[A-Za-z0-9]{20,60}(?:-X)?"),
    _shape("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _shape("Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _shape("Notion token", "ntn_", r"ntn_[A-Za-z0-9]{40,50}"),
    _shape("RevenueCat secret key", "sk_", r"sk_(?!live_|test_)[A-Za-z]{24,40}", entropy=3.7),
    _shape("Doppler token", "dp.", r"dp\.(?:pt|st|ct|sa)\.[A-Za-z0-9]{40,50}"),
    _shape("Supabase secret key", "sb_secret_", r"sb_secret_[A-Za-z0-9_-]{20,60}"),
    _shape("Mapbox secret token", "sk.ey", r"sk\.ey[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{16,}"),
    _shape("Cloudflare token", "cfut_", r"cfut_[A-Za-z0-9]{40,60}"),
    _shape("Perplexity key", "pplx-", r"pplx-[A-Za-z0-9]{40,60}"),
    _shape("xAI key", "xai-", r"xai-[A-Za-z0-9]{70,90}"),
)
PRIVATE_KEY = re.compile(
    rb"-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----(?:\\r)?(?:\\n"
    rb"|\s)*[\"'+\s]*([A-Za-z0-9+/=]{40,})"
)
SERVICE_ACCOUNT = re.compile(rb"[\"']?type[\"']?\s*:\s*[\"']service_account[\"']")
JWT = re.compile(rb"(?<![A-Za-z0-9_.-])(eyJ[A-Za-z0-9_-]{10,}\.(eyJ[A-Za-z0-9_-]{16,})\.[A-Za-z0-9_-]{20,})")

# name = "value", name: 'value', NAME=value: the name says that the value is a secret
ASSIGNED = re.compile(
    rb"(?<![A-Za-z0-9])[\"']?(?P<name>[A-Za-z0-9_.-]{0,40}"
    rb"(?i:secret|passwd|password|token|api_?key|apikey|private_?key|auth_?key|access_?key"
    rb"|server_?key))(?P<rest>[A-Za-z0-9_-]{0,12})[\"']?\]?"
    rb"[ \t]{0,8}(?::[ \t]{0,4}String\??[ \t]{0,4}=|=>|:=|="
    rb"|:)[ \t]{0,8}(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;)}\]]{12,200})(?P<close>[\"'`]?)"
)


def _loose(shape: bytes) -> bytes:
    """Return a shape without what RE2 cannot say (looking around) or is slow to say (upper bounds of repetitions)."""
    return re.sub(rb"\{(\d+),\d*\}", rb"{\1,}", re.sub(rb"\(\?<?![^)]*\)", b"", shape))


# Where a secret may begin: everything that one of the shapes matches is among what these match.
SHAPED = quick(*(_loose(pattern.source) for pattern in PATTERNS))
MARKED = quick(rb"eyJ[A-Za-z0-9_-]{10}", rb"PRIVATE KEY-----")
NAMED = quick(
    rb"(?i:secret|passw(?:or)?d|token|(?:api|private|auth|access|server)_?key)[A-Za-z0-9_-]{0,12}[\"']?\]?[ \t]{0,8}"
    rb"(?:=|:)(?:=|>|[ \t]{0,4}String\??[ \t]{0,4}=)?[ \t]{0,8}[\"'`]?[^\s\"'`,;)}\]]{12}"
)
