"""Cloudflare's edge on this machine: TLS, redirects, cache and headers as the zone's settings and rulesets say."""
