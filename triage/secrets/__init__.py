"""Finds secrets in bytes, and tells them from public keys, placeholders and examples."""
