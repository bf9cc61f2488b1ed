"""What the clock starts: Cloud Scheduler's calls to the private services, and its probes of the public way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import PROBE_AUDIENCE, PROBE_PATH, SERVICE_MANIFESTS
from infra.loading.sdk import gcp
from infra.project import Project
from infra.resource_names import TASK_CALLER
from infra.service_accounts import ServiceAccounts
from infra.service_address import address
from monitors.full import PROBED

APIS = ("cloudscheduler.googleapis.com",)
DEADLINE = 300  # seconds for one call
PROBED_BY = "intake-probe"
PROBE_DEADLINE = 30  # seconds, as for anybody who waits for the API


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
    """All jobs; `caller` is the account whose identity token they show, which may invoke the services.

    Where all alerts are chosen, `probed` is the public address of the API that probes are sent to, else it is empty.
    """

    region: str
    caller: pulumi.Input[str]
    sweeps: tuple[Sweep, ...]
    probed: str = ""

    def __post_init__(self) -> None:
        if self.probed and not self.probed.startswith("https://"):
            raise ValueError(f"probes go to {self.probed!r}; they take the public way, which is an address with https")

    @classmethod
    def of(cls, spec: Spec, accounts: ServiceAccounts, project_number: pulumi.Input[str]) -> Self:
        """Return the calls that Cloud Scheduler makes to the services."""
        region = spec.google.region
        sweeps = tuple(
            Sweep(f"{role.name}-{name}", cron, address(role.name, project_number, region), name)
            for role in SERVICE_MANIFESTS.values()
            for name, cron in role.sweeps.items()
        )
        probed = f"https://{spec.api_host}" if spec.alerts.watch == "full" else ""
        return cls(region, accounts.email(TASK_CALLER), sweeps, probed)


class Schedule(pulumi.ComponentResource):
    """Makes the jobs. A call that fails is made again three times, and then by the next one in turn."""

    def __init__(
        self, name: str, config: ScheduleConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Schedule", name, {}, opts)
        self._project, self._config = project, config
        self.jobs = [self._sweep(sweep) for sweep in config.sweeps]
        if config.probed:
            self.jobs.append(self._probe(f"{config.probed}{PROBE_PATH}"))
        named = [sweep.job for sweep in config.sweeps]
        self.register_outputs({"jobs": [*named, PROBED_BY] if config.probed else named})

    def _sweep(self, sweep: Sweep) -> gcp.cloudscheduler.Job:
        uri = pulumi.Output.concat(sweep.base, "/sweeps/", sweep.name)
        return self._job(sweep.job, sweep.cron, uri, sweep.base, DEADLINE)

    def _probe(self, uri: str) -> gcp.cloudscheduler.Job:
        """Make the job of the dead man's switch, which no other identity and no secret is needed for."""
        return self._job(PROBED_BY, f"*/{PROBED} * * * *", uri, PROBE_AUDIENCE, PROBE_DEADLINE)

    def _job(
        self, name: str, cron: str, uri: pulumi.Input[str], audience: pulumi.Input[str], deadline: int
    ) -> gcp.cloudscheduler.Job:
        return gcp.cloudscheduler.Job(
            name,
            name=name,
            project=self._project.project_id,
            region=self._config.region,
            schedule=cron,
            time_zone="Etc/UTC",
            attempt_deadline=f"{deadline}s",
            retry_config={"retry_count": 3, "min_backoff_duration": "5s", "max_backoff_duration": "60s"},
            http_target={
                "uri": uri,
                "http_method": "POST",
                "oidc_token": {"service_account_email": self._config.caller, "audience": audience},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=self._project.enabled(*APIS)),
        )
