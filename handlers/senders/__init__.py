"""Proof of who sent a request: signatures of webhooks and ID tokens of users."""
