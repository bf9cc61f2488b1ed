"""Shows the engine's events while they happen."""

from __future__ import annotations

from dataclasses import dataclass, field

from cli.terminal import Terminal
from engine.engine_events import SAME, Diagnostic, Event, Step, Summary
from infra.cloudbuild import TOLD
from infra.loading import policies

SIGNS = {"create": "+", "update": "~", "delete": "-", "replace": "±", "import": "="}


@dataclass
class EngineProgress:
    """Called with every event of the engine; tells what changes, and passes on warnings."""

    show: Terminal
    warned: set[str] = field(default_factory=set)

    def __call__(self, event: Event) -> None:
        """Tell the event when it is news."""
        match event:
            case Step(state="started") if event.changes:
                self.show.tell(f"{sign(event.op)} {event.resource}")
            case Diagnostic(message=message) if message.startswith(TOLD):
                self.show.tell(message)
            case Diagnostic(message=message) if message.startswith(policies.FOUND):
                pass
            case Diagnostic(severity="warning", message=message) if message not in self.warned:
                self.warned.add(message)
                self.show.note(f"  ! {message}", style="yellow")


def sign(op: str) -> str:
    """Return the sign of an operation, as diffs use them."""
    return SIGNS.get(op) or SIGNS.get(op.split("-")[0], "·")


def in_words(summary: Summary) -> str:
    """Return what an operation changed: `3 created, 60 unchanged`, or `0 changes, 63 unchanged`."""
    words = {"create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
    changes = [f"{count} {words.get(op, op)}" for op, count in summary.changes.items() if op != SAME]
    return ", ".join([*(changes or ["0 changes"]), f"{summary.changes.get(SAME, 0)} unchanged"])
