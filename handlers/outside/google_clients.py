"""The one factory of Google Cloud clients, for the services and for the tools around them.

Where the environment names an emulator (`SECRET_MANAGER_EMULATOR_HOST`, `CLOUD_TASKS_EMULATOR_HOST`,
`FIRESTORE_EMULATOR_HOST`, `FIREBASE_AUTH_EMULATOR_HOST`, each HOST:PORT) the client speaks plain text to it and needs
no credentials; else it is the real endpoint with application default credentials. Firestore's client knows its variable
by itself, and so do Firebase's admin libraries.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from handlers.failures import NotSent, Unavailable

if TYPE_CHECKING:
    from google.cloud import firestore as firestore_types
    from google.cloud import secretmanager, tasks_v2

    from handlers.outside.firebase_accounts import FirebaseAccounts

SECRET_MANAGER = "SECRET_MANAGER_EMULATOR_HOST"  # noqa: S105 - a variable's name
CLOUD_TASKS = "CLOUD_TASKS_EMULATOR_HOST"
FIRESTORE = "FIRESTORE_EMULATOR_HOST"
AUTHENTICATION = "FIREBASE_AUTH_EMULATOR_HOST"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def secret_manager(env: Mapping[str, str]) -> secretmanager.SecretManagerServiceClient:
    """Return a Secret Manager client."""
    from google.cloud.secretmanager_v1 import SecretManagerServiceClient
    from google.cloud.secretmanager_v1.services.secret_manager_service.transports import (
        SecretManagerServiceGrpcTransport,
    )

    if not env.get(SECRET_MANAGER):
        return SecretManagerServiceClient()
    channel = _plain_channel(env[SECRET_MANAGER])
    return SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))


def tasks(env: Mapping[str, str]) -> tasks_v2.CloudTasksClient:
    """Return a Cloud Tasks client."""
    from google.cloud.tasks_v2 import CloudTasksClient
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

    address = env.get(CLOUD_TASKS)
    channel = _plain_channel(address) if address else _own_channel(CloudTasksClient.DEFAULT_ENDPOINT)
    return CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


def firestore(project: str, env: Mapping[str, str]) -> firestore_types.Client:
    """Return a Firestore client of the project's default database."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud.firestore import Client
    from google.cloud.firestore_v1.services.firestore import FirestoreClient
    from google.cloud.firestore_v1.services.firestore.transports import FirestoreGrpcTransport

    if not env.get(FIRESTORE):
        client = Client(project=project)
        transport = FirestoreGrpcTransport(channel=_own_channel(FirestoreClient.DEFAULT_ENDPOINT))
        client._firestore_api_internal = FirestoreClient(transport=transport)  # as it would make for itself
        return client
    client = Client(project=project, credentials=AnonymousCredentials())
    # The client reads the variable only from its own process's environment; `env` may be another one.
    client._emulator_host = env[FIRESTORE]
    return client


def accounts(project: str, env: Mapping[str, str]) -> FirebaseAccounts:
    """Return the accounts of a project's Firebase Authentication."""
    from handlers.outside.firebase_accounts import FirebaseAccounts

    if not env.get(AUTHENTICATION):
        return FirebaseAccounts(project, authorization())
    url = f"http://{env[AUTHENTICATION]}/identitytoolkit.googleapis.com/v1"
    return FirebaseAccounts(project, lambda: {"Authorization": "Bearer owner"}, url)


def identity_token(audience: str) -> str:
    """Return an ID token of the service's own account for an audience, from the metadata server; raises NotSent."""
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request
    from google.oauth2 import id_token

    try:
        return str(id_token.fetch_id_token(Request(), audience))
    except GoogleAuthError as error:
        raise NotSent(f"the service's own identity token cannot be fetched: {type(error).__name__}") from error


def authorization() -> Callable[[], Mapping[str, str]]:
    """Return a maker of the headers by which Google knows the caller; it raises Unavailable without credentials."""
    import google.auth
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import Request

    lock = threading.Lock()
    found: list[Any] = []

    def headers() -> Mapping[str, str]:
        try:
            with lock:
                if not found:
                    found.append(google.auth.default(scopes=[SCOPE])[0])
                if not found[0].valid:
                    found[0].refresh(Request())
        except GoogleAuthError as error:
            raise Unavailable(f"Google credentials: {type(error).__name__}") from error
        # A person's credentials bill a project of their own, and this API wants to be told which.
        quota = getattr(found[0], "quota_project_id", None)
        billed = {"X-Goog-User-Project": quota} if quota else {}
        return {"Authorization": f"Bearer {found[0].token}", **billed}

    return headers


def _own_channel(host: str) -> Any:
    """Return a channel to an API of Google's that is called with every event."""
    from handlers.outside import plain_calls

    return plain_calls.channel(host, authorization())


def _plain_channel(address: str) -> Any:
    import grpc

    # An emulator is on this machine or network: never ask a proxy for it.
    return grpc.insecure_channel(address, options=[("grpc.enable_http_proxy", 0)])
