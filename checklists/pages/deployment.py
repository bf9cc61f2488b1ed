"""Production deployment: what runs now, how to deploy on Monday, and how to go back."""

from __future__ import annotations

from checklists.handover import Handover
from checklists.pages.blocks import Page, Row, Steps, Table, Text


def page(handover: Handover) -> Page:
    """Return the page of deploying and going back."""
    stack = handover.stack
    flag = handover.flag
    outputs = handover.outputs
    commit = next((one.sheet.commit for one in handover.record.kept if one.sheet and not one.refused), "")
    digest = outputs.image.partition("@")[2] or outputs.image
    now = (
        ("Commit, as verified", f"`{commit or 'not known'}`"),
        ("Image", f"`{digest}`"),
        ("Project", f"`{outputs.project}` in {outputs.region}, stack `{stack}`"),
        ("State", _state(handover)),
        ("Commit of this page", f"`{handover.commit or 'not known'}`"),
    )
    github = (
        "Open a pull request: `launch preview` shows on it what would change.",
        "Merge it, and approve the run of `launch up` in the environment `production`.",
        f"`./launch verify{flag}` proves it; in a private repository the handover is an artifact of the run.",
    )
    by_hand = (
        f"`./launch preview{flag}` shows what would change.",
        f"`./launch up{flag}` shows it again, asks, deploys, verifies, and writes this handover.",
        f"`./launch checklist{flag}` says what is left.",
    )
    back = (
        "`git revert COMMIT` undoes the commit.",
        f"`./launch up{flag}` shows what would go back, asks, and deploys the earlier code.",
        f"`./launch verify{flag}` proves it. Data is not rolled back: see the page on backups.",
    )
    blocks = (
        Table("Running now", ("what", "value"), now),
        Steps("Deploy on Monday", github if outputs.delivery else by_hand),
        *((Steps("Deploy from a laptop", by_hand),) if outputs.delivery else ()),
        Steps("Go back", back),
        Text(
            "Each change is first held against the policy rules. One that breaks a rule stops the run, which says why."
        ),
    )
    return Page(
        "deployment",
        "Production deployment, and how to go back",
        "One command does both: it puts into place whatever commit is checked out.",
        blocks,
        ("production deployment", "rollback"),
    )


def backups(handover: Handover) -> Page:
    """Return the page of backups and the last restore drill."""
    protect = handover.spec.protect if handover.spec else False
    line = next((line for line in handover.lines if line.item.id == "restore"), None)
    signed = line.signoff if line and line.done else None
    drill = f"{signed.time:%Y-%m-%d} by {signed.by}{': ' + signed.note if signed.note else ''}" if signed else "never"
    kept: tuple[Row, ...] = (
        ("Firestore", "a backup of each of the last seven days", "the database is gone"),
        (
            "Firestore",
            "every version of seven days" if protect else "no earlier versions (`protect` is off)",
            "data was changed by mistake",
        ),
        (
            "Secrets",
            "a destroyed version can be restored for some days (`secrets.destroy_delay_days`)",
            "the wrong one was destroyed",
        ),
        (
            "Pulumi's state",
            "every version, in the state's bucket" if handover.spec and handover.spec.state else "see `pulumi login`",
            "the state is broken",
        ),
        ("Code and rules", "git", "code or rules are lost"),
    )
    return Page(
        "backups",
        "Backups and the last restore drill",
        f"Last restore drill: {drill}.",
        (
            Table("What is kept", ("what", "how", "when it helps"), kept),
            Steps("Drill, once a year", line.steps if line else ()),
        ),
        ("backups", "restore"),
    )


def _state(handover: Handover) -> str:
    if handover.spec and handover.spec.state:
        return f"`gs://{handover.spec.state.bucket}`"
    return "on this machine" if handover.rehearsal else "where `pulumi login` leads"
