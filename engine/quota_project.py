"""For which project Google counts the calls of a person's log-in: the stack's.

Without one they count for the project of the log-in's own client, which refuses many APIs (403, "requires a quota
project"). Every Google client of Python asks the environment (`google.auth.default`), in this process and in those that
it starts, so naming the project there reaches all of them: https://cloud.google.com/docs/quotas/set-quota-project.
"""

from __future__ import annotations

from collections.abc import Mapping

from blueprint import spec
from blueprint.spec import SpecError
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
