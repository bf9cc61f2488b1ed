"""The environment of an instance: what its resource says and the platform gives, nothing of the founder's shell."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

import grpc
from google.api_core.exceptions import GoogleAPICallError
from google.cloud.secretmanager_v1 import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceGrpcTransport

from localcloud.base import tokens
from localcloud.base.ports import Ports
from localcloud.run.services import SecretVariable, Template

# An image has no zone of its own, so times without one are UTC in a container, but local on a founder's machine.
OF_IMAGE = {"TZ": "UTC"}
NO_PROXY = "127.0.0.1,localhost,metadata.google.internal"
SECRET_TIMEOUT = 10.0  # seconds


class SecretError(Exception):
    """A secret that a variable refers to cannot be read by the service's account."""


def new_key() -> str:
    """Return the unguessable name by which the metadata server will know an instance."""
    return secrets.token_urlsafe(24)


def of_container(template: Template, service: str, revision: str, port: int) -> dict[str, str]:
    """Return the variables that production gives too (Cloud Run's container contract), without those from secrets."""
    platform = {"PORT": str(port), "K_SERVICE": service, "K_REVISION": revision, "K_CONFIGURATION": service}
    return dict(template.variables) | platform


def of_machine(ports: Ports, ca_file: Path) -> dict[str, str]:
    """Return the variables that stand for production's network and machine image, the same for all instances."""
    proxy = f"http://{ports.address('proxy')}"
    network = dict.fromkeys(("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"), proxy)
    trust = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH")
    return {
        **network,
        **dict.fromkeys(trust, str(ca_file)),
        "no_proxy": NO_PROXY,
        "NO_PROXY": NO_PROXY,
        "SMTP_EMULATOR_HOST": ports.address("smtp"),  # the proxy takes no SMTP
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",  # the image's folder is shared and named by its content
    }


def of_instance(ports: Ports, key: str, scratch: Path) -> dict[str, str]:
    """Return the variables that each instance has for itself.

    The instance's key in the metadata server's path tells whose tokens it gets. HOME is a folder of its own: a
    founder's gcloud login must not stand in for the service account.
    """
    metadata = f"{ports.address('metadata')}/{key}"
    folders = {"HOME": str(scratch), "TMPDIR": str(scratch)}
    return {"GCE_METADATA_HOST": metadata, "GCE_METADATA_IP": metadata, **folders}


def of_secrets(home: Path, ports: Ports, template: Template, now: float) -> Mapping[str, str]:
    """Read the secret variables as the service's own account; raises SecretError as a deployment would fail."""
    if not template.secret_variables:
        return {}
    bearer = tokens.access_token(home, template.service_account, now)
    with grpc.insecure_channel(ports.address("secretmanager_api")) as channel:
        client = SecretManagerServiceClient(transport=SecretManagerServiceGrpcTransport(channel=channel))
        return {variable.name: _read(client, variable, bearer) for variable in template.secret_variables}


def _read(client: SecretManagerServiceClient, variable: SecretVariable, bearer: str) -> str:
    name = f"{variable.secret}/versions/{variable.version}"
    try:
        answer = client.access_secret_version(
            name=name, timeout=SECRET_TIMEOUT, metadata=[("authorization", f"Bearer {bearer}")]
        )
    except GoogleAPICallError as error:
        raise SecretError(f"the variable {variable.name} needs {name}: {error.message}") from error
    return str(answer.payload.data.decode())
