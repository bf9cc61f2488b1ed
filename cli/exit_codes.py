"""Turns every exception into an exit code and words a user can act on; only the unexpected reach a log file."""

from __future__ import annotations

import os
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cli.known_failures import known_failure
from cli.terminal import Terminal
from engine import home
from engine.errors import UNREACHABLE, USAGE, LaunchError

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
    if isinstance(error, LaunchError):
        return error
    # What reads a spec takes a quarter of a second to load, and most commands never need it.
    from blueprint.outputs import OutputsError
    from blueprint.spec import SpecError
    from checklists.evidence import EvidenceError
    from checklists.signoffs import SignoffError
    from engine.locks import LockHeldError

    match error:
        case SpecError():
            problems = "\n".join(f"  - {problem}" for problem in error.problems)
            return LaunchError(
                "The launch spec has mistakes:", problems, "Correct the named places and try again.", USAGE
            )
        case OutputsError():
            return LaunchError("The stack's outputs cannot be read.", str(error), code=UNREACHABLE)
        case SignoffError():
            return LaunchError("Nothing was signed or waived.", str(error), code=USAGE)
        case EvidenceError():
            return LaunchError("The record of the handover cannot be read.", str(error), code=UNREACHABLE)
        case LockHeldError():
            return LaunchError(
                "Another command is working on this stack.",
                str(error.holder or "It has only just begun."),
                "Wait until it has ended.",
            )
    return known_failure(error)


def _unexpected(error: Exception) -> LaunchError:
    details = "".join(traceback.format_exception(error))
    log = _kept(details)
    return LaunchError(
        f"This should not have happened: {type(error).__name__}: {error}",
        f"The details are in {log}" if log else f"There is nowhere to write the details, so here they are:\n{details}",
        "Please report it with that file." if log else "Please report it with these lines.",
    )


def _kept(details: str) -> Path | None:
    """Write the details into a file of the project, else into a temporary one; return it, None when neither works."""
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    for folder in (home.locate("errors", os.environ).path, Path(tempfile.gettempdir()) / "launch-errors"):
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(details)
            return folder / name
    return None
