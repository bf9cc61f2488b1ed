"""`./launch doctor`: what is missing on this machine and how to get it, and what the launches here must not miss."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import typer

from blueprint import mailboxes, spec
from checklists import vendor_changes
from cli.options import Json
from cli.prepared_stack import EXAMPLES
from cli.terminal import Terminal
from engine import build, locate
from engine.errors import UNREACHABLE, LaunchError
from engine.home import LOCAL, PROJECT

SOON = timedelta(days=60)  # of a vendor's change
UNDELEGATED = "Cloudflare deletes a zone on the Free plan that no registrar leads to for 28 days after the first `up`"
NEEDED_DISK = 3 * 1024**3  # bytes: virtual environment, engine build, one service environment
TOOLS = {  # command → what it is for, and how to get it
    "kdig": ("the tests that let a foreign resolver check our DNS", "apt-get install knot-dnsutils"),
    "delv": ("the tests that validate DNSSEC", "apt-get install bind9-dnsutils"),
    "node": ("Workers: MTA-STS in the rehearsal", "apt-get install nodejs"),
    "chromium": ("the tests that look at the handover page", "apt-get install chromium"),
    "promtool": ("the tests of the alert rules", "apt-get install prometheus"),
    "openssl": ("a look at certificates", "apt-get install openssl"),
    "curl": ("a look at the edge", "apt-get install curl"),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `needed` says that nothing works without it; `cure` is what to do when not ok."""

    name: str
    ok: bool
    found: str
    cure: str = ""
    needed: bool = True


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: ./launch doctor")(doctor)


def doctor(json: Json = False) -> None:
    """Show what is missing on this machine and how to get it, and what each stack's file has to be warned of.

    Exits 3 when something needed is missing.
    """
    show, missing = Terminal(json), False
    for check in (*checks(), *warnings(PROJECT, date.today())):  # noqa: DTZ011 - the founder's own day
        sign = "✓" if check.ok else ("✗" if check.needed else "-")
        line = f"{sign} {check.name:10} {check.found}" + ("" if check.ok else f"\n             do this: {check.cure}")
        style = "" if check.ok else ("red" if check.needed else "yellow")
        show.result(line, style, name=check.name, ok=check.ok, found=check.found, cure=check.cure, needed=check.needed)
        missing |= check.needed and not check.ok
    raise typer.Exit(UNREACHABLE if missing else 0)


def checks() -> Iterator[Check]:
    """Yield everything worth looking at."""
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0], "Python 3.11 or newer")
    yield _engine()
    free = shutil.disk_usage(PROJECT).free
    yield Check("disk", free > NEEDED_DISK, f"{free / 1024**3:.1f} GB free", "free 3 GB")
    yield _loopback()
    for tool, (purpose, cure) in TOOLS.items():
        found = shutil.which(tool)
        yield Check(tool, bool(found), found or f"not there; only for {purpose}", cure, needed=False)


def warnings(project: Path, today: date) -> Iterator[Check]:
    """Yield what the stack files of a project have to be warned of: mistakes, and what ends at vendors soon."""
    told: set[str] = set()
    for file in sorted(project.glob("Pulumi.*.yaml")):
        stack = file.name.split(".")[1]
        try:
            wanted = spec.load(file)
        except spec.SpecError as error:
            first, more = error.problems[0], len(error.problems) - 1
            found = first + (f"; and {more} more" if more else "")
            yield Check(stack, False, found, f"edit {file.name}", needed=False)
            continue
        is_example = wanted.domain in EXAMPLES
        what = f"still the example: ./launch init --stack {stack} fills it in" if is_example else f"for {wanted.domain}"
        yield Check(stack, True, f"{file.name} is {what}", needed=False)
        whose = "your domain" if is_example else wanted.domain
        if key := mailboxes.unverified(wanted):
            found = f"Resend refuses mail from {wanted.support.sender}: {file.name} publishes no key at {key}"
            cure = "name resend under mail.senders and its key under mail.dkim, or set support.mailer to smtp"
            yield Check(stack, False, found, cure, needed=False)
        if stack != LOCAL and wanted.cloudflare.plan == "free":
            yield Check(stack, False, UNDELEGATED, f"change the name servers of {whose} by then", needed=False)
        for row in vendor_changes.ahead(wanted, today, SOON):
            if row.id not in told:
                told.add(row.id)
                yield Check("vendors", False, row.in_words(today), row.instead, needed=False)


def _engine() -> Check:
    found = locate.find(os.environ)
    if found:
        return Check("engine", True, f"Pulumi {found.version} ({found.origin}: {found.folder})")
    try:
        go = build.find_go(os.environ)
    except LaunchError as error:
        cure = "`./launch up` tries Pulumi's archive; where that is out of reach: Go 1.24 or newer, from https://go.dev/dl/"
        return Check("engine", False, f"not there yet, and {error.why}", cure)
    return Check("engine", True, f"not there yet; `./launch up` fetches it, or builds it with {go}")


def _loopback() -> Check:
    try:
        with socket.create_server(("127.0.0.1", 0)):
            return Check("loopback", True, "ports on 127.0.0.1 can be opened")
    except OSError as error:
        return Check("loopback", False, str(error), "allow listening on 127.0.0.1")
