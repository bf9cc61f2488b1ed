"""Where a stack is played: its names, the doors they are reached by, and the vendors' accounts around it."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from blueprint.outputs import Outputs
from flows.mailbox_account import Account
from handlers.outside import google_clients
from handlers.service_manifest import ZENDESK_CLIENT_ID
from localcloud.base.ports import Ports

if TYPE_CHECKING:
    from google.cloud.secretmanager import SecretManagerServiceClient

Address = tuple[str, int]


@dataclass(frozen=True)
class Rehearsal:
    """Where the stand-ins of the vendors listen, as HOST:PORT; `firestore` is the port that asks who calls.

    On a staging stack, the vendors' own https addresses; `identity` and `run` are empty there, for Google's own names.

    `run` is Cloud Run's front end, empty where the services run without one.
    """

    stripe: str
    crm: str
    helpdesk: str
    mailer: str
    identity: str
    firestore: str
    run: str = ""


@dataclass(frozen=True)
class Stage:
    """One stack to play on. Make it with `local` or `of_cloud`.

    `edge` is where to connect for https instead of asking DNS, `ca_file` what to trust instead of the public
    authorities, `environ` what the client libraries are told, `run` a tag that no other run has. `rehearsal` is None
    on the real clouds, where nobody may act as the vendors. `private_hosts` are the addresses of the services that
    only Google's own callers may enter. `public` says that the vendors are asked by their public APIs alone, as on a
    staging stack. `works_by_mail` tells that the team's mailbox is the helpdesk. `secrets` are the names of the
    stack's secrets, `mode` is Stripe's mode that it is in, empty where that is not known. `team` is the address that
    the team reads, `mailbox` a mailbox in which mail can be waited for: synthetic users have addresses of it then.
    """

    api_host: str
    domain: str
    project: str
    environ: Mapping[str, str]
    edge: Address | None = None
    ca_file: Path | None = None
    rehearsal: Rehearsal | None = None
    private_hosts: tuple[str, ...] = ()
    works_by_mail: bool = False
    public: bool = False
    secrets: tuple[str, ...] = ()
    mode: str = ""
    team: str = ""
    mailbox: Account | None = None
    run: str = field(default_factory=lambda: token_hex(5))

    @classmethod
    def local(cls, outputs: Outputs, home: Path, ports: Ports) -> Stage:
        """Return the stage of the rehearsal whose files lie in `home` (`.launch/local`)."""
        host, port = ports.address("https").split(":")
        return cls(
            api_host=outputs.api_host,
            domain=outputs.domain,
            project=outputs.project,
            environ={
                google_clients.SECRET_MANAGER: ports.address("secretmanager"),
                google_clients.CLOUD_TASKS: ports.address("tasks"),
                google_clients.FIRESTORE: ports.address("firestore"),
                google_clients.AUTHENTICATION: ports.address("google"),
            },
            edge=(host, int(port)),
            ca_file=home / "ca" / "ca.pem",
            rehearsal=Rehearsal(
                **{name: ports.address(name) for name in ("stripe", "crm", "helpdesk", "mailer", "run")},
                identity=ports.address("google"),
                firestore=ports.address("firestore_api"),
            ),
            private_hosts=tuple(urlsplit(each.url).netloc for each in outputs.services if not each.public),
            works_by_mail=ZENDESK_CLIENT_ID not in outputs.secrets,
            secrets=outputs.secrets,
        )

    @classmethod
    def staged(cls, outputs: Outputs, environ: Mapping[str, str], zendesk: str) -> Stage:
        """Return the stage of a staging stack in the real clouds, with test accounts at the vendors.

        `zendesk` is the subdomain of its sandbox, empty without one.
        """
        return cls(
            outputs.api_host,
            outputs.domain,
            outputs.project,
            environ,
            rehearsal=Rehearsal(
                stripe="https://api.stripe.com",
                crm="https://api.hubapi.com",
                helpdesk=f"https://{zendesk}.zendesk.com",
                mailer="https://api.resend.com",
                identity="",
                firestore="firestore.googleapis.com:443",
            ),
            private_hosts=tuple(urlsplit(each.url).netloc for each in outputs.services if not each.public),
            works_by_mail=ZENDESK_CLIENT_ID not in outputs.secrets,
            secrets=outputs.secrets,
            public=True,
        )

    @classmethod
    def of_cloud(cls, outputs: Outputs, environ: Mapping[str, str]) -> Stage:
        """Return the stage of a stack in the real clouds; `environ` holds the caller's credentials."""
        return cls(outputs.api_host, outputs.domain, outputs.project, environ, secrets=outputs.secrets)

    def user_id(self, flow: str) -> str:
        """Return the id of this run's synthetic user of a flow."""
        return f"flow-{flow}-{self.run}"

    def email(self, flow: str) -> str:
        """Return the address of this run's synthetic user of a flow; mail to it arrives where there is a mailbox."""
        name = self.user_id(flow)
        return self.mailbox.tagged(name) if self.mailbox else f"{name}@{self.domain}"

    def secret(self, name: str) -> str:
        """Return the newest enabled value of a secret; raises google.api_core's errors when it cannot be read."""
        with self.reading_secrets() as read:
            return read(name)

    @contextmanager
    def reading_secrets(self) -> Iterator[Callable[[str], str]]:
        """Give what reads a secret as `secret` does, over one connection, for the length of the block."""
        with google_clients.secret_manager(self.environ) as manager:
            yield lambda name: _newest(manager, f"projects/{self.project}/secrets/{name}")

    def client(self, timeout: float) -> httpx.Client:
        """Return what asks the vendors, or their stand-ins, which the caller closes; `timeout` is in seconds.

        Stand-ins are asked by plain http: it trusts nobody there, for to read the public authorities takes 18 ms.
        """
        trusted = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if self.edge else True
        return httpx.Client(verify=trusted, timeout=timeout, trust_env=self.edge is None)

    def documents(self) -> Any:
        """Return a Firestore client of the stack's database, which the caller closes."""
        return google_clients.firestore(self.project, self.environ)


def _newest(manager: SecretManagerServiceClient, secret: str) -> str:
    asked = {"parent": secret, "filter": "state:ENABLED"}
    numbers = [
        int(each.name.rpartition("/")[2]) for each in manager.list_secret_versions(asked, timeout=10, retry=None)
    ]
    path = f"{secret}/versions/{max(numbers, default='latest')}"
    value: str = manager.access_secret_version(name=path, timeout=10, retry=None).payload.data.decode()
    return value.strip()
