"""Turns the engine's diagnostics into what a founder needs: which resource, what happened, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from blueprint import protection
from engine import tracebacks
from engine.cures import with_adoption, with_cure
from engine.engine_events import Diagnostic, title
from engine.home import PROJECT

# What the engine wraps around a provider's own words.
WRAPPING = re.compile(
    r"^(?:error: )?(?:Preview failed: )?(?:rpc error: code = \w+ desc = )?(?:sdk-v\d+/\S+ )?"
    r"|^(?:\d+ errors? occurred:\s*\*\s*)",
    re.MULTILINE,
)
# Said beside the true cause, and tells nothing new.
ECHOES = re.compile(r"^(?:update|preview|refresh|destroy) failed$|^resource registration failed$|^BAIL: ")
CHECKED = re.compile(r"^\S+ resource '[^']*'(?:: property (?P<path>\S+) value .*?)? has a problem: ", re.DOTALL)
PROTECTED = re.compile(
    r'(?P<replaced>unable to replace )?resource "urn:pulumi:(?P<stack>[^:"]+)::[^"]*"\s.*?'
    r"(?:marked for protection|because it is protected)",
    re.DOTALL,
)

LOCKED = re.compile(r"stack is currently locked by \d+ lock|Another update is currently in progress")
HOLDER = re.compile(
    r"/(?P<stack>[^/\s]+)/[^/\s]+\.json: created by (?P<user>[^@\s]*)@(?P<machine>\S+) \(pid (?P<pid>\d+)\) "
    r"at (?P<since>\S+)"
)  # pulumi, pkg/backend/diy/lock.go, checkForLock


@dataclass(frozen=True)
class Problem:
    """One failure. `resource` is empty when it is about the program as a whole."""

    resource: str
    message: str

    def __str__(self) -> str:
        said = re.match(r'\w+ "([^"]+)"', self.message)
        names_itself = said is not None and self.resource.endswith(f" {said[1]}")
        return f"{self.resource}: {self.message}" if self.resource and not names_itself else self.message


def problems(
    diagnostics: Iterable[Diagnostic], immutable: Mapping[str, Sequence[str]] | None = None
) -> tuple[Problem, ...]:
    """Return each error once, in the order in which they were said, without wrapping and tracebacks.

    `immutable` has the properties by URN for which the engine wants to replace a resource.
    """
    found: dict[Problem, None] = {}
    for diagnostic in diagnostics:
        message = with_adoption(plain(diagnostic.message, (immutable or {}).get(diagnostic.urn, ())), diagnostic.urn)
        if diagnostic.severity == "error" and message and not ECHOES.match(message):
            found[Problem(title(diagnostic.urn) if diagnostic.urn else "", message)] = None
    return tuple(found)


def plain(message: str, immutable: Sequence[str] = ()) -> str:
    """Return what a person said in `message`, and what the engine said in words for a person."""
    bare = WRAPPING.sub("", tracebacks.told(message, PROJECT)).strip()
    if LOCKED.search(bare):
        return _locked(bare)
    protected = PROTECTED.match(bare)
    if protected:
        return _guarded(protected["stack"], immutable, replaced=bool(protected["replaced"]))
    return with_cure(CHECKED.sub(lambda found: f"{found['path']}: " if found["path"] else "", bare, count=1))


def _locked(said: str) -> str:
    """Return who holds the stack's lock and since when, as the engine's backend for files and buckets names them."""
    holders = [
        f"{who['user']} at {who['machine']} (process {who['pid']}), since {who['since']}"
        for who in HOLDER.finditer(said)
    ]
    stack = next((who["stack"] for who in HOLDER.finditer(said)), "STACK")
    held = f" by {' and by '.join(holders)}" if holders else ""
    shell = f'eval "$(./launch env{_option(stack)})"'
    return (
        f"the stack is locked{held}. If that command is still running, wait until it has ended. If it was killed, take "
        f"the lock away: {shell} && pulumi cancel {stack} --yes. Then run the command again."
    )


def _guarded(stack: str, immutable: Sequence[str], *, replaced: bool) -> str:
    switch = f"set protect to false in Pulumi.{stack}.yaml, run `{protection.up(_option(stack))}`"
    if not replaced:
        return (
            "it is protected from deletion, because what it holds would be lost. Keep it in the program. If it really "
            f"shall go, {switch} while the program still has it, and only then remove it, by the same command."
        )
    why = f"{' and '.join(immutable)} cannot be changed in place" if immutable else "the change cannot be made in place"
    return (
        f"{why}: it would be deleted, with what it holds, and created again; but it is protected. Undo the change. "
        f"If it really has to be replaced, undo the change for now, {switch}, and change it then, by the same command."
    )


def _option(stack: str) -> str:
    return "" if stack == "local" else f" --stack {stack}"
