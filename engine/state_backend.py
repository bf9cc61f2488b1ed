"""Where the engine keeps the state of a stack in the real clouds: a versioned bucket, and a key for the secrets in it.

They are older than everything that the program makes, so `./launch init` makes them. What is left to make is decided
here, from what was seen; `engine/google_api.py` sees and makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from blueprint.spec import Spec
from blueprint.state_backend import key_name, ring_name

APIS = ("storage.googleapis.com", "cloudkms.googleapis.com")
DAYS = 90  # after which the key gets a new version by itself; those before still decrypt


@dataclass(frozen=True)
class Backend:
    """The bucket and the key of one stack's state: in which project they are, and where."""

    stack: str
    project: str
    region: str
    bucket: str

    @property
    def url(self) -> str:
        """The bucket, as the engine names its backend."""
        return f"gs://{self.bucket}"

    @property
    def ring(self) -> str:
        """The full name of the key's ring, which all stacks of the project share and nobody can ever delete."""
        return ring_name(self.project, self.region)

    @property
    def key(self) -> str:
        """The full name of the key."""
        return key_name(self.project, self.region, self.stack)

    @property
    def secrets_provider(self) -> str:
        """The key, as the engine names a secrets provider."""
        return f"gcpkms://{self.key}"

    @property
    def environ(self) -> Mapping[str, str]:
        """What the engine has to find in its environment."""
        return {"PULUMI_BACKEND_URL": self.url}

    @property
    def options(self) -> tuple[str, ...]:
        """What the engine has to be told when it makes the stack."""
        return ("--secrets-provider", self.secrets_provider)


def of(spec: Spec, stack: str) -> Backend | None:
    """Return where a stack keeps its state, None when its spec leaves that to `pulumi login`."""
    if spec.state is None:
        return None
    return Backend(stack, spec.state.project or spec.google.project, spec.google.region, spec.state.bucket)


@dataclass(frozen=True)
class Bucket:
    """A bucket that is there: whether it keeps former versions, and whether nobody can open it to the world."""

    is_versioned: bool
    is_closed: bool


@dataclass(frozen=True)
class BackendInventory:
    """What is there: the APIs that are enabled, the bucket, the ring and the key."""

    apis: frozenset[str] = field(default_factory=frozenset)
    bucket: Bucket | None = None
    has_ring: bool = False
    has_key: bool = False


class BootstrapStep(StrEnum):
    """One thing to make; each needs those before it."""

    APIS = "enable the APIs of storage and keys in project {project}"
    BUCKET = "make the bucket {url} in {region}: every version is kept, nobody can open it to the world"
    SECURE = "have the bucket {url} keep every version, and let nobody open it to the world"
    RING = "make the key ring {ring}, which can never be deleted"
    KEY = "make the key {key}, which encrypts the secrets in the state"

    def words(self, backend: Backend) -> str:
        """Return what the step does, for a person who has to agree."""
        names = ("project", "url", "region", "ring", "key")
        return self.value.format(**{name: getattr(backend, name) for name in names})


def left(seen: BackendInventory) -> tuple[BootstrapStep, ...]:
    """Return what is left to make, in the order in which it can be made; what is there is taken as it is."""
    is_open = seen.bucket is not None and not (seen.bucket.is_versioned and seen.bucket.is_closed)
    wanted = {
        BootstrapStep.APIS: not seen.apis.issuperset(APIS),
        BootstrapStep.BUCKET: seen.bucket is None,
        BootstrapStep.SECURE: is_open,
        BootstrapStep.RING: not seen.has_ring,
        BootstrapStep.KEY: not seen.has_key,
    }
    return tuple(step for step, is_wanted in wanted.items() if is_wanted)
