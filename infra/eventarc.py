"""Eventarc: what the database tells a private service of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from handlers.service_manifest import INTENTS
from infra.firestore import DATABASE, Firestore
from infra.loading.sdk import gcp
from infra.pause import ROLES, Pause
from infra.project import Project
from infra.resource_names import EVENT_CALLER
from infra.service_accounts import ServiceAccounts

APIS = ("eventarc.googleapis.com", "eventarcpublishing.googleapis.com", "pubsub.googleapis.com")
CREATED = "google.cloud.firestore.document.v1.created"
INTENT_DOCUMENTS = "users/{userId}/intents/{intentId}"
PATH = "/intents/created"
NAME = "intents"
AGENT_ROLE = "roles/eventarc.serviceAgent"


@dataclass(frozen=True)
class EventarcConfig:
    """New intents go to `service` in `region`, called as `caller` (an e-mail address).

    `location` is the database's: a trigger elsewhere is refused.
    """

    location: str
    service: str
    region: str
    caller: pulumi.Input[str]

    @classmethod
    def of(cls, spec: Spec, accounts: ServiceAccounts) -> Self:
        """Return what Eventarc delivers where: the trigger has to be in the database's place, its target need not."""
        region = spec.google.region
        return cls(
            location=spec.google.database_location, service=INTENTS, region=region, caller=accounts.email(EVENT_CALLER)
        )


class Eventarc(pulumi.ComponentResource):
    """Has Eventarc deliver each new intent document to the service that takes intents in.

    The caller's roles come first, because a trigger is tried out when it is made. So do Eventarc's own agent and its
    role: the first trigger of a project would make them, and be refused ("Permission denied while using the Eventarc
    Service Agent", https://cloud.google.com/eventarc/docs/troubleshooters). Waiting alone does not help
    (pulumi-gcp#1290).
    """

    def __init__(
        self,
        name: str,
        config: EventarcConfig,
        firestore: Firestore,
        admitted: Sequence[pulumi.Resource],
        project: Project,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Events", name, {}, opts)
        before = [*project.enabled(*APIS), firestore.database, *admitted, self._agent(project)]
        gcp.eventarc.Trigger(
            NAME,
            name=NAME,
            project=project.project_id,
            location=config.location,
            matching_criterias=[
                {"attribute": "type", "value": CREATED},
                {"attribute": "database", "value": DATABASE},
                {"attribute": "document", "value": INTENT_DOCUMENTS, "operator": "match-path-pattern"},
            ],
            event_data_content_type="application/protobuf",
            destination={"cloud_run_service": {"service": config.service, "region": config.region, "path": PATH}},
            service_account=config.caller,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        self.register_outputs({})

    def _agent(self, project: Project) -> pulumi.Resource:
        """Return what to wait for until Eventarc may do its work in the project."""
        enabled = pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS))
        agent = gcp.projects.ServiceIdentity("eventarc", project=project.project_id, service=APIS[0], opts=enabled)
        granted = gcp.projects.IAMMember(
            "eventarc-agent",
            project=project.project_id,
            role=AGENT_ROLE,
            member=agent.member,
            opts=pulumi.ResourceOptions(parent=self),
        )
        waiting = pulumi.ResourceOptions(parent=self, depends_on=[granted])
        return Pause("eventarc-agent", ROLES, ["eventarc"], waiting)
