"""`./launch review`: the gate that fails only on what is new in a Flutter repository."""

from __future__ import annotations

import typer

from cli import triage


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog=triage.REVIEW_EPILOG)(triage.review)
