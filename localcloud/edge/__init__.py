"""Cloudflare's edge on this machine: TLS, redirects, firewall, cache and headers as the zone's resources say."""
