"""Keeps rehearsal and production apart: the program runs on `local` with the local cloud attached, else without."""

from __future__ import annotations

from collections.abc import Mapping

REHEARSAL = "local"
ATTACHED = "PULUMI_DEBUG_PROVIDERS"
BUILDER = "CLOUD_BUILD_EMULATOR_HOST"
REHEARSE_PROD = "LAUNCH_REHEARSE_PROD"


class WrongCloudsError(ValueError):
    """The stack and the clouds that are attached do not belong together."""


def require_matching_clouds(stack: str, env: Mapping[str, str]) -> None:
    """Return when the stack may run against what is attached; raises WrongCloudsError that says what to do.

    `env` is the program's environment. With LAUNCH_REHEARSE_PROD=1 any stack runs against the local cloud.
    """
    attached = bool(env.get(ATTACHED))
    if attached and not env.get(BUILDER):
        raise WrongCloudsError(
            f"The local cloud is attached ({ATTACHED} is set), but not its image builder ({BUILDER} is not). "
            'Run `eval "$(./launch env)"` again, then repeat the command.'
        )
    if stack == REHEARSAL and not attached:
        raise WrongCloudsError(
            f"Stack {stack} is the rehearsal and needs the local cloud, which is not attached. "
            'Run `./launch up`, or `eval "$(./launch env)"` before plain pulumi.'
        )
    if stack != REHEARSAL and attached and env.get(REHEARSE_PROD) != "1":
        raise WrongCloudsError(
            f"Stack {stack} is for the real clouds, but the local cloud is attached ({ATTACHED} is set). "
            f"Open a new shell without `./launch env`, or unset {ATTACHED}."
        )


def require_real_drafter(drafter: str, env: Mapping[str, str]) -> None:
    """Return when the drafter may run against what is attached; raises WrongCloudsError for the simulated one."""
    if drafter == "rehearsal" and not env.get(ATTACHED):
        raise WrongCloudsError(
            "spec.support.drafts is rehearsal, the simulated drafter that obeys whatever users write. "
            "Set it to off, or to a model such as gemini-3.5-flash."
        )
