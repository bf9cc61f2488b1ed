"""The payment provider with Stripe's shape: objects, events, and signed webhooks that are retried."""
