"""A stack without the engine: the handlers as processes, Google's and the vendors' stand-ins, and a door with TLS."""

from __future__ import annotations

import os
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
import requests
import trustme
import uvloop

from blueprint.spec import load
from cli import rehearsal_secrets
from flows import mailbox_account
from flows.accept import latency, ticket
from flows.stage import Rehearsal, Stage
from handlers import service_manifest
from handlers.billing.plans import to_json
from handlers.outside import google_clients
from infra.payment_plans import plan_table
from localcloud.base import ports
from localcloud.base.authority import Authority
from localcloud.base.network import RECORD, Endpoint
from localcloud.base.process import on_thread
from localcloud.base.world import Resource, World
from localcloud.control.server import serve as serve_control
from localcloud.firestore import rulebook
from localcloud.firestore.server import serve as serve_firestore
from localcloud.internet.proxy import serve as serve_internet
from localcloud.saas.server import serve as serve_saas
from tests import forked, signing_keys

PROJECT = "acme-rehearsal"
RULES = Path(__file__).parents[2] / "firestore" / "firestore.rules"
QUEUES = f"projects/{PROJECT}/locations/europe-west1/queues"
API = "api.acme.test"
TEAM = "team@acme.test"
EDGE_KEY = "the-key-of-the-edge"
EVENT_CALLER = f"event-caller@{PROJECT}.iam.gserviceaccount.com"
VALUES = {
    service_manifest.EDGE_KEY: EDGE_KEY,
    service_manifest.STRIPE_API_KEY: "sk_test_flows_0123456789abcdef",
    service_manifest.HUBSPOT_TOKEN: "pat-flows-0123456789abcdef",
    service_manifest.ZENDESK_CLIENT_ID: "flows",
    service_manifest.ZENDESK_CLIENT_SECRET: "flows-secret-of-the-client",
    service_manifest.RESEND_KEY: "re_flows_0123456789abcdef",
    service_manifest.HELPDESK_SIGNING_SECRET: "whsec_Zmxvd3MtMDEyMzQ1Njc4OWFiY2RlZg==",
}


def free_ports(count: int) -> list[int]:
    """Return so many ports, held together: one that is given back at once may be the next one's as well."""
    with ExitStack() as exits:
        probes = [exits.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [probe.getsockname()[1] for probe in probes]


def until(true, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def put_trigger(world: World) -> None:
    """Have Eventarc deliver new intents, as infra/eventarc.py does."""
    filters = {
        "type": ("google.cloud.firestore.document.v1.created", None),
        "database": ("(default)", None),
        "document": ("users/{userId}/intents/{id}", "match-path-pattern"),
    }
    service = {"service": "intents", "region": "europe-west1", "path": "/intents/created"}
    trigger = {
        "project": PROJECT,
        "location": "europe-west1",
        "name": "intents",
        "serviceAccount": EVENT_CALLER,
        "matchingCriterias": [{"attribute": k, "value": v, "operator": o} for k, (v, o) in filters.items()],
        "destination": {"cloudRunService": service},
    }
    world.put(Resource("gcp:eventarc/trigger:Trigger", "intents", "u", trigger, trigger))
    grant = {"project": PROJECT, "role": "roles/eventarc.eventReceiver", "member": f"serviceAccount:{EVENT_CALLER}"}
    world.put(Resource("gcp:projects/iAMMember:IAMMember", "receiver", "u", grant))


class Stack:
    """Starts everything below one home directory; what runs ends with `exits`. `providers` do the support."""

    def __init__(self, home: Path, exits: ExitStack, providers: str = "zendesk resend webhooks") -> None:
        self.home = home
        self.providers = providers
        self.ports = ports.allocate(home)
        self._exits = exits
        private = [name for name in service_manifest.SERVICE_MANIFESTS if name != service_manifest.INTAKE]
        self._services = dict(zip(private, free_ports(len(private)), strict=True))
        self._authority = Authority(home)

    def start(self) -> Stage:
        signing_keys.lay(self.home)
        self._make_world()
        self._exits.enter_context(on_thread(serve_internet(self.home)))
        for server in (serve_firestore(self.home), serve_saas(self.home, route=self._route)):
            self._exits.enter_context(on_thread(server, uvloop.new_event_loop))
        self._exits.enter_context(on_thread(serve_control(self.home, route=self._route), uvloop.new_event_loop))
        self._push_secrets()
        for name in service_manifest.SERVICE_MANIFESTS:
            self._start_service(name)
        for port in (*self._services.values(), self.ports["https"]):
            until(lambda port=port: _listens(port), seconds=60)
        return self.stage()

    def stage(self) -> Stage:
        at = self.ports.address
        return Stage(
            API,
            "acme.test",
            PROJECT,
            self._clients(),
            ("127.0.0.1", self.ports["https"]),
            self._authority.ca_file,
            Rehearsal(at("stripe"), at("crm"), at("helpdesk"), at("mailer"), at("google"), at("firestore_api")),
            works_by_mail="email" in self.providers,
            secrets=(*VALUES, service_manifest.STRIPE_SIGNING_SECRET, service_manifest.ZENDESK_SIGNING_SECRET),
            mode="test",
            team=TEAM,
            mailbox=mailbox_account.rehearsed(TEAM, at("imap"), self._authority.ca_file),
        )

    def _route(self, name: str) -> Endpoint | None:
        if name == API:
            return Endpoint("127.0.0.1", self.ports["https"], True, name)
        service = name.removesuffix(".run.app").removesuffix("-1.europe-west1")
        return Endpoint("127.0.0.1", self._services[service], False, name) if service in self._services else None

    def _make_world(self) -> None:
        world = World(self.home / "world.db")
        project = {"projectId": PROJECT, "name": PROJECT}
        world.put(Resource("gcp:organizations/project:Project", PROJECT, "u", project, {**project, "number": "1"}))
        database = {"project": PROJECT, "name": "(default)", "locationId": "europe-west1", "type": "FIRESTORE_NATIVE"}
        world.put(Resource("gcp:firestore/database:Database", "(default)", "u", database, database))
        put_trigger(world)
        rulebook.deploy(world, PROJECT, RULES.read_text())
        for name in service_manifest.QUEUES:
            queue = {"project": PROJECT, "location": "europe-west1", "name": name}
            world.put(Resource("gcp:cloudtasks/queue:Queue", f"{QUEUES}/{name}", "u", queue, queue))
        for name in (*VALUES, service_manifest.STRIPE_SIGNING_SECRET, service_manifest.ZENDESK_SIGNING_SECRET):
            fields = {"project": PROJECT, "secretId": name, "replication": {"auto": {}}}
            world.put(Resource("gcp:secretmanager/secret:Secret", f"projects/{PROJECT}/secrets/{name}", "u", fields))
        world.put(Resource(RECORD, "r1", "u", {"name": "resend._domainkey.acme.test", "type": "TXT", "content": "x"}))
        world.close()

    def _push_secrets(self) -> None:
        wanted = {"url": f"https://{API}/webhooks/stripe", "enabled_events[0]": "*"}
        made = requests.post(
            f"http://{self.ports.address('stripe')}/v1/webhook_endpoints",
            wanted,
            headers={"Authorization": "Bearer sk_test_flows_0123456789abcdef"},
            timeout=5,
        ).json()
        client = (VALUES[service_manifest.ZENDESK_CLIENT_ID], VALUES[service_manifest.ZENDESK_CLIENT_SECRET])
        hook = rehearsal_secrets.register_webhook(SimpleNamespace(api_host=API), client, self.ports.address("helpdesk"))
        handed_out = {
            service_manifest.STRIPE_SIGNING_SECRET: made["secret"],
            service_manifest.ZENDESK_SIGNING_SECRET: hook,
        }
        with google_clients.secret_manager(self._clients()) as manager:
            for name, value in {**VALUES, **handed_out}.items():
                parent = f"projects/{PROJECT}/secrets/{name}"
                manager.add_secret_version(parent=parent, payload={"data": value.encode()})

    def _start_service(self, name: str) -> None:
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "ROLE": name,
            "GOOGLE_CLOUD_PROJECT": PROJECT,
            "TASK_QUEUES": QUEUES,
            "TASK_CALLER": f"task-caller@{PROJECT}.iam.gserviceaccount.com",
            "EVENT_CALLER": EVENT_CALLER,
            "EDGE_KEY": EDGE_KEY,
            "SUPPORT_FROM": "support@acme.test",
            "SUPPORT_TO": TEAM,
            "PROVIDERS": self.providers,
            "SMTP_SERVER": "smtp.acme.test:587",
            "SMTP_EMULATOR_HOST": self.ports.address("smtp"),
            "DRAFTER": "rehearsal",
            "ZENDESK_SUBDOMAIN": "acme",
            "GRACE_DAYS": "14",
            "PAYMENTS_MODE": "test",
            "PAYMENTS_PLANS": to_json(plan_table(load(Path(__file__).parents[2] / "Pulumi.local.yaml").payments)),
            "REMINDER_DAYS": "1,7,12",
            **{service_manifest.url_variable(each): f"https://{each}.run.app" for each in self._services},
            **self._clients(),
            "HTTPS_PROXY": f"http://{self.ports.address('proxy')}",
            "NO_PROXY": "127.0.0.1,localhost",
            "REQUESTS_CA_BUNDLE": str(self._authority.ca_file),
        }
        app = ("--app-dir", str(Path(__file__).parent), "door:app")
        arguments = [*app, "--no-access-log", "--host", "127.0.0.1", *self._listening(name)]
        with (self.home / f"{name}.log").open("ab") as log:
            process = forked.start("uvicorn", arguments, env, log)
        self._exits.callback(process.wait, 10)
        self._exits.callback(process.end)

    def _listening(self, name: str) -> list[str]:
        if name != service_manifest.INTAKE:
            return ["--port", str(self._services[name])]
        bundle = (self.home / "ca" / "ca-key.pem").read_bytes()
        leaf = trustme.CA.from_pem(self._authority.ca_file.read_bytes(), bundle).issue_cert(API)
        key, chain = self.home / "leaf.key", self.home / "leaf.pem"
        leaf.private_key_pem.write_to_path(key)
        chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        return ["--port", str(self.ports["https"]), "--ssl-keyfile", str(key), "--ssl-certfile", str(chain)]

    def _clients(self) -> dict[str, str]:
        return {
            google_clients.SECRET_MANAGER: self.ports.address("secretmanager"),
            google_clients.CLOUD_TASKS: self.ports.address("tasks"),
            google_clients.FIRESTORE: self.ports.address("firestore"),
            google_clients.AUTHENTICATION: self.ports.address("google"),
        }


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def unhurried():
    """Give what is limited in time as much as a busy machine takes; how fast it is, benchmarks and `accept` say."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ticket, "LIMIT", 30.0)
        patch.setattr(latency, "LIMIT", 30.0)
        yield


@pytest.fixture(scope="module")
def stage(tmp_path_factory, unhurried):
    """The stage of a running stack."""
    with ExitStack() as exits:
        yield Stack(tmp_path_factory.mktemp("home"), exits).start()


@pytest.fixture(scope="module", params=["email resend", "email smtp"])
def stage_by_mail(request, tmp_path_factory, unhurried):
    """The stage of a running stack whose helpdesk is the team's mailbox."""
    with ExitStack() as exits:
        yield Stack(tmp_path_factory.mktemp("home"), exits, request.param).start()
