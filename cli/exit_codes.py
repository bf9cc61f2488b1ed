"""Turns every exception into an exit code and words a user can act on; only the unexpected reach a log file."""

from __future__ import annotations

import os
import time
import traceback
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from blueprint.outputs import OutputsError
from blueprint.spec import SpecError
from checklists.evidence import EvidenceError
from checklists.signoffs import SignoffError
from cli.terminal import Terminal
from engine import home
from engine.errors import UNREACHABLE, USAGE, LaunchError
from engine.locks import LockHeldError

INTERRUPTED = 130  # 128 + SIGINT, as shells count


class FailureHandlingGroup(TyperGroup):
    """A group of commands whose expected failures end without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a failure is shown and becomes its exit code."""
        try:
            return super().invoke(ctx)
        except (TyperException, typer.Exit, typer.Abort):  # wrong usage, and ends that are meant
            raise
        except KeyboardInterrupt:
            Terminal().note(
                "Interrupted. `./launch down` ends what is still running; `./launch up` continues from here."
            )
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:  # whoever read our output has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(0) from None
        except Exception as error:  # noqa: BLE001 - this is the place where all of them end
            known = expected(error) or _unexpected(error)
            Terminal().error(known)
            raise typer.Exit(known.code) from None


def expected(error: Exception) -> LaunchError | None:
    """Return an exception as what, why and cure, or None when nobody has foreseen it."""
    match error:
        case LaunchError():
            return error
        case SpecError():
            problems = "\n".join(f"  - {problem}" for problem in error.problems)
            return LaunchError(
                "The launch spec has mistakes:", problems, "Correct the named places and try again.", USAGE
            )
        case OutputsError():
            return LaunchError("The stack's outputs cannot be read.", str(error), code=UNREACHABLE)
        case SignoffError():
            return LaunchError("This cannot be signed.", str(error), code=USAGE)
        case EvidenceError():
            return LaunchError("The record of the handover cannot be read.", str(error), code=UNREACHABLE)
        case LockHeldError():
            return LaunchError(
                "Another command is working on this stack.",
                str(error.holder or "It has only just begun."),
                "Wait until it has ended.",
            )
    return None


def _unexpected(error: Exception) -> LaunchError:
    log = home.locate("errors", os.environ).path / f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(traceback.format_exception(error)))
    return LaunchError(
        f"This should not have happened: {type(error).__name__}: {error}",
        f"The details are in {log}",
        "Please report it with that file.",
    )
