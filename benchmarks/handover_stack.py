"""The outputs of a small invented launch, for the benchmark of its handover."""

from __future__ import annotations

from typing import Any

SERVICES = ("intake", "sync-payments", "sync-crm", "support-ticket", "intents", "reconcile")
SECRETS = ("edge-key", "stripe-signing-secret", "stripe-api-key", "resend-key", "hubspot-token")
OUTPUTS: dict[str, Any] = {
    "domain": "acme.test",
    "contact_name": "Ada Founder",
    "contact_email": "ada@acme.test",
    "project": "acme-rehearsal",
    "project_number": "100000000001",
    "region": "europe-west1",
    "api_host": "api.acme.test",
    "web_hosts": ["acme.test", "app.acme.test"],
    "health_url": "https://api.acme.test/health",
    "zone_id": "0" * 32,
    "nameservers": ["ada.ns.cloudflare.test", "bob.ns.cloudflare.test"],
    "dnssec_ds": "acme.test. 3600 IN DS 1 13 2 ABCD",
    "gateway_address": "127.100.0.1",
    "records": [
        {"name": f"h{number}.acme.test", "type": "CNAME", "content": "acme.hosting.test", "ttl": 1, "proxied": True}
        for number in range(20)
    ],
    "redirects": [{"source": "www.acme.test", "target": "https://acme.test", "status": 301}],
    "mail": {
        "providers": ["google-workspace", "resend"],
        "selectors": ["google", "resend"],
        "dmarc_policy": "quarantine",
        "dmarc_report": "dmarc@acme.test",
    },
    "edge": {"plan": "free", "hsts_max_age": 86_400, "min_tls_version": "1.2", "cached_prefixes": ["/assets/"]},
    "services": [
        {"name": name, "url": f"https://{name}.run.app", "service_account": f"{name}@p", "public": name == "intake"}
        for name in SERVICES
    ],
    "image": "europe-docker.pkg.dev/p/launch/handlers@sha256:00",
    "secrets": list(SECRETS),
    "queues": ["queues/events", "queues/payments"],
    "uptime_check": "api-health",
    "alert_policies": ["error-rate"],
    "on_call": "oncall@acme.test",
}
