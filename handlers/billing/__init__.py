"""Payments: what Stripe knows, what a user is entitled to, and what happens after a failed payment."""
