"""The official Secret Manager client on the rehearsal: reads values, and is told of a secret that is not there."""

from __future__ import annotations

import os
import sys

import grpc
from google.api_core.exceptions import NotFound
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

PROJECT = f"projects/{os.environ['GOOGLE_CLOUD_PROJECT']}"


def client() -> SecretManagerServiceClient:
    channel = grpc.insecure_channel(os.environ["SECRET_MANAGER_EMULATOR_HOST"])
    return SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))


def read(name: str) -> str:
    version = f"{PROJECT}/secrets/{name}/versions/latest"
    return client().access_secret_version(name=version).payload.data.decode()


def main() -> None:
    names = sorted(secret.name.rsplit("/", 1)[-1] for secret in client().list_secrets(parent=PROJECT))
    for name in [*names, "no-such-secret"]:
        try:
            sys.stdout.write(f"{name} {read(name)[:8]}\n")
        except NotFound as error:
            sys.stdout.write(f"NotFound: {error.message}\n")


if __name__ == "__main__":
    main()
