"""Turns findings, outputs and sign-offs into the handover: a document for review and sign-off."""
