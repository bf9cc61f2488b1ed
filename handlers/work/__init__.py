"""Durable work: events come into the inbox, a decision writes effects into the outbox, a worker performs each once."""
