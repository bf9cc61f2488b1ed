"""Where a Cloud Run service is reached, before it is deployed."""

from __future__ import annotations

import pulumi


def address(service: str, project_number: pulumi.Input[str], region: str) -> pulumi.Output[str]:
    """Return the service's default address, which follows from its name and so needs no deployed service to be known.

    https://cloud.google.com/run/docs/triggering/https-request#deterministic
    """
    return pulumi.Output.concat("https://", service, "-", project_number, ".", region, ".run.app")
