"""Frozen values everyone speaks: the launch spec, DNS records made from it, findings, stack outputs."""
