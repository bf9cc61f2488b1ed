"""What a Cloud Run service is meant to be: the engine's resource, read once into frozen values."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from localcloud import iam
from localcloud.base.world import Resource, World
from localcloud.run import traffic
from localcloud.run.traffic import LATEST_ALONE, Traffic

log = logging.getLogger(__name__)

SERVICE = "gcp:cloudrunv2/service:Service"
# Defaults of the Cloud Run Admin API v2 (Service, RevisionTemplate, Probe).
DEFAULT_TIMEOUT = 300.0  # seconds
DEFAULT_CONCURRENCY = 80  # requests at once in one instance


class Ingress(StrEnum):
    """Who may come in, by network; the values of the API."""

    ALL = "INGRESS_TRAFFIC_ALL"
    INTERNAL_ONLY = "INGRESS_TRAFFIC_INTERNAL_ONLY"
    INTERNAL_LOAD_BALANCER = "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"


@dataclass(frozen=True)
class SecretVariable:
    """An environment variable whose value is a secret's: `secret` is its full name, `version` a number or `latest`."""

    name: str
    secret: str
    version: str


@dataclass(frozen=True)
class Probe:
    """A question to a container: GET `path`, or just a TCP connection when it is None. Durations are in seconds."""

    path: str | None = None
    delay: float = 0.0
    timeout: float = 1.0
    period: float = 10.0
    failures: int = 3

    @property
    def budget(self) -> float:
        """How long the container may go without an answer, in seconds."""
        return self.delay + self.period * self.failures


DEFAULT_STARTUP = Probe(timeout=240.0, period=240.0, failures=1)  # a TCP probe, once, for up to four minutes


@dataclass(frozen=True)
class Template:
    """What a revision runs. `timeout` is that of a request, in seconds."""

    image: str
    service_account: str
    variables: tuple[tuple[str, str], ...] = ()
    secret_variables: tuple[SecretVariable, ...] = ()
    timeout: float = DEFAULT_TIMEOUT
    concurrency: int = DEFAULT_CONCURRENCY
    min_instances: int = 0
    startup: Probe = DEFAULT_STARTUP
    liveness: Probe | None = None

    @property
    def fingerprint(self) -> str:
        """A hash that changes with anything that makes a new revision."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """Return the template as JSON text, the same for equal templates."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Template:
        """Read a template back from `to_json`."""
        fields: dict[str, Any] = json.loads(text)
        fields["variables"] = tuple((name, value) for name, value in fields["variables"])
        fields["secret_variables"] = tuple(SecretVariable(**variable) for variable in fields["secret_variables"])
        fields["startup"] = Probe(**fields["startup"])
        fields["liveness"] = Probe(**fields["liveness"]) if fields["liveness"] else None
        return cls(**fields)


@dataclass(frozen=True)
class Service:
    """One service as the world describes it now. `hosts` are the host names of its run.app URLs."""

    project: str
    location: str
    name: str
    template: Template
    hosts: frozenset[str] = field(default_factory=frozenset)
    ingress: Ingress = Ingress.ALL
    default_url: bool = True
    invoker_checked: bool = True
    traffic: Traffic = LATEST_ALONE

    @property
    def resource(self) -> str:
        """The relative resource name, as IAM knows it."""
        return f"projects/{self.project}/locations/{self.location}/services/{self.name}"

    @property
    def audiences(self) -> tuple[str, ...]:
        """The audiences that an identity token for this service may carry: its URLs."""
        return tuple(f"https://{host}" for host in sorted(self.hosts))


def services(world: World) -> list[Service]:
    """Return every Cloud Run service of the world; one that cannot be understood is left out, and the log says why."""
    found = []
    for resource in world.resources(SERVICE):
        try:
            found.append(read(resource, world))
        except ValueError as error:
            log.warning("%s", error)
    return found


def read(resource: Resource, world: World) -> Service:
    """Return the service that a resource describes; raises ValueError naming it when a part is missing."""
    inputs = resource.inputs
    try:
        project = str(inputs.get("project") or resource.outputs["project"])
        location, name = str(inputs["location"]), str(inputs["name"])
        number = iam.project_number(world, project)
        return Service(
            project=project,
            location=location,
            name=name,
            template=_template(inputs["template"], project),
            hosts=_hosts(resource.outputs) | {f"{name}-{number}.{location}.run.app"},
            ingress=Ingress(inputs.get("ingress") or Ingress.ALL),
            default_url=not inputs.get("defaultUriDisabled"),
            invoker_checked=not inputs.get("invokerIamDisabled"),
            traffic=traffic.read(inputs.get("traffics")),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(f"the Cloud Run service {resource.urn} is incomplete: {error!r} is missing") from error


def _hosts(outputs: Mapping[str, Any]) -> frozenset[str]:
    urls = [outputs.get("uri"), *(outputs.get("urls") or [])]
    return frozenset(host for url in urls if url and (host := urlsplit(str(url)).hostname))


def _template(template: Mapping[str, Any], project: str) -> Template:
    container = template["containers"][0]
    variables = container.get("envs") or []
    scaling = template.get("scaling") or {}
    return Template(
        image=str(container["image"]),
        service_account=str(template["serviceAccount"]),
        variables=tuple((str(v["name"]), str(v.get("value") or "")) for v in variables if not v.get("valueSource")),
        secret_variables=tuple(_secret(v, project) for v in variables if v.get("valueSource")),
        timeout=float(str(template.get("timeout") or DEFAULT_TIMEOUT).rstrip("s")),
        concurrency=int(template.get("maxInstanceRequestConcurrency") or DEFAULT_CONCURRENCY),
        min_instances=int(scaling.get("minInstanceCount") or 0),
        startup=_probe(container.get("startupProbe")) or DEFAULT_STARTUP,
        liveness=_probe(container.get("livenessProbe")),
    )


def _secret(variable: Mapping[str, Any], project: str) -> SecretVariable:
    reference = variable["valueSource"]["secretKeyRef"]
    secret = str(reference["secret"])
    full = secret if secret.startswith("projects/") else f"projects/{project}/secrets/{secret}"
    return SecretVariable(str(variable["name"]), full, str(reference.get("version") or "latest"))


def _probe(probe: Mapping[str, Any] | None) -> Probe | None:
    if not probe:
        return None
    http = probe.get("httpGet")
    return Probe(
        path=str(http.get("path") or "/") if http is not None else None,
        delay=float(probe.get("initialDelaySeconds") or 0),
        timeout=float(probe.get("timeoutSeconds") or 1),
        period=float(probe.get("periodSeconds") or 10),
        failures=int(probe.get("failureThreshold") or 3),
    )
