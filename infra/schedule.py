"""What is looked after by the clock: Cloud Scheduler's calls to the private services."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import SERVICE_MANIFESTS
from infra.loading.sdk import gcp
from infra.project import Project
from infra.resource_names import TASK_CALLER
from infra.service_accounts import ServiceAccounts
from infra.service_address import address

APIS = ("cloudscheduler.googleapis.com",)
DEADLINE = 300  # seconds for one call


@dataclass(frozen=True)
class Sweep:
    """One job: at the times of `cron` (UTC), `base` is asked to do the sweep `name`."""

    job: str
    cron: str
    base: pulumi.Input[str]
    name: str

    def __post_init__(self) -> None:
        if len(self.cron.split()) != 5:
            raise ValueError(f"job {self.job}: {self.cron!r} is not a cron line; write five fields, such as 0 3 * * *")
        if self.name.endswith("z"):
            raise ValueError(f"job {self.job}: Cloud Run keeps paths that end in z for itself; rename the sweep")


@dataclass(frozen=True)
class ScheduleConfig:
    """All jobs; `caller` is the account whose identity token they show, which may invoke the services."""

    region: str
    caller: pulumi.Input[str]
    sweeps: tuple[Sweep, ...]

    @classmethod
    def of(cls, spec: Spec, accounts: ServiceAccounts, project_number: pulumi.Input[str]) -> Self:
        """Return the calls that Cloud Scheduler makes to the services."""
        region = spec.google.region
        sweeps = tuple(
            Sweep(f"{role.name}-{name}", cron, address(role.name, project_number, region), name)
            for role in SERVICE_MANIFESTS.values()
            for name, cron in role.sweeps.items()
        )
        return cls(region, accounts.email(TASK_CALLER), sweeps)


class Schedule(pulumi.ComponentResource):
    """Makes the jobs. A call that fails is made again three times, and then by the next one in turn."""

    def __init__(
        self, name: str, config: ScheduleConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Schedule", name, {}, opts)
        self._project, self._config = project, config
        self.jobs = [self._job(sweep) for sweep in config.sweeps]
        self.register_outputs({"jobs": [sweep.job for sweep in config.sweeps]})

    def _job(self, sweep: Sweep) -> gcp.cloudscheduler.Job:
        return gcp.cloudscheduler.Job(
            sweep.job,
            name=sweep.job,
            project=self._project.project_id,
            region=self._config.region,
            schedule=sweep.cron,
            time_zone="Etc/UTC",
            attempt_deadline=f"{DEADLINE}s",
            retry_config={"retry_count": 3, "min_backoff_duration": "5s", "max_backoff_duration": "60s"},
            http_target={
                "uri": pulumi.Output.concat(sweep.base, "/sweeps/", sweep.name),
                "http_method": "POST",
                "oidc_token": {"service_account_email": self._config.caller, "audience": sweep.base},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )
