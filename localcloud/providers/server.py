"""Starts the provider servers: one gRPC server a package, on the ports of a local cloud's home."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import platformdirs
from pulumi.runtime.proto.provider_pb2_grpc import add_ResourceProviderServicer_to_server

from localcloud.base import ports
from localcloud.base.world import World
from localcloud.control import secret_versions
from localcloud.providers import introspect
from localcloud.providers.cloud import Cloud
from localcloud.providers.introspection import Introspection
from localcloud.providers.package import Package
from localcloud.providers.packages import PACKAGES
from localcloud.providers.provider import Provider
from localcloud.providers.resource_outputs import Chance
from localcloud.providers.schema import FORM, Schema, Schemas

MESSAGE_SIZE = 400 * 1024 * 1024  # bytes, as Pulumi's own plugins allow
OPTIONS = (
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", MESSAGE_SIZE),
    ("grpc.max_send_message_length", MESSAGE_SIZE),
)
THREADS = 16
GRACE = 1.0  # seconds that running calls may take to end


@contextmanager
def serve(home: Path, cache: Path | None = None) -> Iterator[None]:
    """Serve every package for the local cloud in `home` while the block runs.

    `cache` is where schemas are kept, by default the user's cache folder. Raises OSError when a port is taken, and
    FileNotFoundError before the ports were allocated.
    """
    numbers = ports.load(home)
    world = World(home / "world.db")
    world.define(secret_versions.SCHEMA)
    folder = cache or platformdirs.user_cache_path("launch-ready") / "schemas"
    with Introspection() as introspection:
        clouds = [cloud(package, world, home, folder, introspection) for package in PACKAGES]
        servers = [_listen(numbers[own.package.name], _provider(own)) for own in clouds]
        try:
            yield
        finally:
            for stopping in [server.stop(GRACE) for server in servers]:
                stopping.wait()


def cloud(
    package: Package, world: World, home: Path, cache: Path, schema: Callable[[str], Schema] = introspect.schema
) -> Cloud:
    """Return the resources of a package in a world, with the real clock; `schema` finds what is not in the cache."""
    folder = cache / f"{package.name}-{introspect.version(package.name)}-{FORM}"
    chance = Chance(time.time, secrets.token_hex)
    return Cloud(package, Schemas(folder, schema), world, home, chance)


def _provider(own: Cloud) -> Provider:
    name = own.package.name
    return Provider(own, introspect.version(name), own.schemas[f"pulumi:providers:{name}"])


def _listen(port: int, provider: Provider) -> grpc.Server:
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix=f"provider-{port}"), options=OPTIONS)
    add_ResourceProviderServicer_to_server(provider, server)
    try:
        server.add_insecure_port(f"{ports.LOOPBACK}:{port}")
    except RuntimeError as error:
        raise OSError(f"cannot listen on {ports.LOOPBACK}:{port}; is another process using it?") from error
    server.start()
    return server
