"""The Google APIs that have to be switched on: those of every component that the spec asks for."""

from __future__ import annotations

from blueprint.spec import Spec
from handlers.service_manifest import VERTEX
from infra import (
    alerts,
    budget,
    eventarc,
    firebase,
    firebase_hosting,
    firestore,
    identity_platform,
    image_build,
    load_balancer,
    queues,
    schedule,
    secret_manager,
    service_accounts,
    services,
    workload_identity,
)
from infra.project import BASICS

PARTS = (
    service_accounts,
    firebase,
    secret_manager,
    firestore,
    image_build,
    queues,
    services,
    eventarc,
    schedule,
    load_balancer,
    alerts,
)
"""The components of every launch."""
APIS = tuple(dict.fromkeys((*BASICS, *(api for part in PARTS for api in part.APIS))))


def apis_of(spec: Spec) -> tuple[str, ...]:
    """Return every API that some component of the spec uses."""
    wanted = {
        firebase_hosting: spec.web.site,
        workload_identity: spec.delivery,
        budget: spec.google.budget,
        identity_platform: spec.google.identity_platform,
    }
    asked = tuple(api for part, is_asked in wanted.items() if is_asked for api in part.APIS)
    drafting = ("aiplatform.googleapis.com",) if VERTEX in spec.support.providers else ()
    return tuple(dict.fromkeys((*APIS, *asked, *drafting)))
