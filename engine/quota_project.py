"""For which project Google counts the calls of a person's log-in: the stack's.

Without one they count for the project of the log-in's own client, which refuses many APIs (403, "requires a quota
project"). Every Google client of Python asks the environment (`google.auth.default`), in this process and in those that
it starts, so naming the project there reaches all of them: https://cloud.google.com/docs/quotas/set-quota-project.

Google's provider asks it too, before its own settings (terraform-provider-google#17882), and then even the call that
makes the project counts for the project (403, USER_PROJECT_DENIED). So the engine is told only of a project that is
there before it; the program itself says which calls count for the launch's (`infra/stack.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from blueprint import spec
from blueprint.spec import Spec, SpecError
from engine.home import Home

VARIABLE = "GOOGLE_CLOUD_QUOTA_PROJECT"


def of(home: Home, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that names the stack's project; nothing for a rehearsal, or where the user has named one."""
    if home.is_local or environ.get(VARIABLE):
        return {}
    try:
        return {VARIABLE: spec.load(home.project / f"Pulumi.{home.stack}.yaml").google.project}
    except SpecError:
        return {}  # whoever needs the spec says what is wrong with it


def of_engine(environ: Mapping[str, str], wanted: Spec) -> dict[str, str]:
    """Return the environment for an engine that works on a stack in the real clouds.

    The launch's own project stays in it only where the state lies in that project, which is then older than all that
    the engine makes. Another project that the user has named stays too.
    """
    own = wanted.google.project
    is_older = wanted.state is not None and wanted.state.project in (None, own)
    kept = environ.get(VARIABLE) != own or is_older
    return {name: value for name, value in environ.items() if kept or name != VARIABLE}
