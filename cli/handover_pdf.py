"""Prints the handover's page to a PDF with Chromium, where one is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PATIENCE = 60  # seconds; a page is printed in two
OPTIONS = (
    "--headless=new",
    "--disable-gpu",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--disable-background-networking",
)


def write(page: Path) -> Path | None:
    """Return the PDF beside the page, None where no browser is found or it fails: the page can be printed by hand.

    As root, Chromium runs only without its sandbox; the page is our own and loads nothing.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return None
    target = page.with_suffix(".pdf")
    alone = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with tempfile.TemporaryDirectory() as profile:
        draft = Path(profile) / "handover.pdf"
        command = [browser, *OPTIONS, *alone, f"--user-data-dir={profile}", f"--print-to-pdf={draft}", page.as_uri()]
        try:
            subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        if not draft.exists():
            return None
        shutil.move(draft, target)
    return target
