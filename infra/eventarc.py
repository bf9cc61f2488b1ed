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
from infra.project import Project
from infra.resource_names import EVENT_CALLER
from infra.service_accounts import ServiceAccounts

APIS = ("eventarc.googleapis.com", "eventarcpublishing.googleapis.com", "pubsub.googleapis.com")
CREATED = "google.cloud.firestore.document.v1.created"
INTENT_DOCUMENTS = "users/{userId}/intents/{intentId}"
PATH = "/intents/created"
NAME = "intents"


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

    The caller's roles come first, because a trigger is tried out when it is made. Eventarc's own agent is made by the
    first trigger of a project, so that one may be refused ("Permission denied while using the Eventarc Service Agent")
    and made by the next run a few minutes later (https://cloud.google.com/eventarc/docs/troubleshooters).
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
        before = [*project.enabled(*APIS), firestore.database, *admitted]
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
