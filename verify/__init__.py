"""Proves from outside that DNS, e-mail, TLS, redirects, caching and health are what the stack promised."""
