"""The providers' SDKs, `cloudflare` and `gcp`: whole, or with LAUNCH_FAST_LOADING=1 only what the components use.

An SDK's package imports all of its resource types when one of them is wanted: some 3,000 classes, of which 70 are used
here, and 12,000 types of their properties, of which 1,500 belong to those (type_tables.py). Each package is loaded when
the program first uses it. docs/adr/0017-fast-loading.md says what that saves and why production loads the whole SDKs.

A resource type that is not listed below is found too, by loading its whole package then; add its module to the list.
None of the classes is ever garbage, yet the collector would walk all of them again and again, so it is off meanwhile.
The SDKs also warn about deprecated classes of their own that nobody here uses.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING

from infra.loading.switch import is_on
from infra.loading.type_tables import cut_to

CLOUDFLARE = (
    "bot_management",
    "dns_record",
    "list",
    "notification_policy",
    "ruleset",
    "workers_route",
    "workers_script",
    "zone",
    "zone_dnssec",
    "zone_setting",
    "zone_subscription",
)
GCP = {
    "artifactregistry": ("repository", "repository_iam_member"),
    "billing": ("budget",),
    "certificatemanager": ("certificate", "certificate_map", "certificate_map_entry", "dns_authorization"),
    "cloudrunv2": ("service", "service_iam_member"),
    "cloudscheduler": ("job",),
    "cloudtasks": ("queue", "queue_iam_member"),
    "compute": (
        "backend_service",
        "global_address",
        "global_forwarding_rule",
        "region_network_endpoint_group",
        "security_policy",
        "ssl_policy",
        "target_http_proxy",
        "target_https_proxy",
        "url_map",
    ),
    "eventarc": ("trigger",),
    "firebase": ("android_app", "apple_app", "hosting_custom_domain", "hosting_site", "project", "web_app"),
    "firebaserules": ("release", "ruleset"),
    "firestore": ("backup_schedule", "database", "field", "index"),
    "iam": ("workload_identity_pool", "workload_identity_pool_provider"),
    "identityplatform": ("config",),
    "logging": ("metric",),
    "monitoring": (
        "alert_policy",
        "custom_service",
        "dashboard",
        "notification_channel",
        "slo",
        "uptime_check_config",
    ),
    "organizations": ("get_project", "project"),
    "projects": ("iam_audit_config", "iam_custom_role", "iam_member", "service", "service_identity"),
    "pubsub": ("topic", "topic_iam_member"),
    "secretmanager": ("secret", "secret_iam_member", "secret_version"),
    "serviceaccount": ("account", "iam_member"),
    "storage": ("bucket", "bucket_iam_member", "bucket_object"),
}
"""The modules of each SDK that hold a resource type of ours."""


class Used(ModuleType):
    """The part of an SDK's package that is used, loaded at the first look; the rest is taken from the whole package."""

    def __init__(self, package: str, modules: Sequence[str]) -> None:
        super().__init__(package)
        self._modules = modules

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):  # asked by tools that look at every object, and never a resource type
            raise AttributeError(name)
        if name in dir(self):
            return vars(self)[name]
        with _without_warnings_and_gc():
            return getattr(importlib.import_module(self.__name__), name)

    def __dir__(self) -> list[str]:
        modules, self._modules = self._modules, ()
        if modules:
            with _without_warnings_and_gc():
                vars(self).update(_loaded(self.__name__, modules))
        return list(vars(self))


@contextmanager
def _without_warnings_and_gc() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


@contextmanager
def _unopened(package: str) -> Iterator[None]:
    """Have modules of the package be importable without what the package itself imports; it stays as it was found."""
    found = importlib.util.find_spec(package)
    if package in sys.modules or found is None:
        yield
        return
    sys.modules[package] = importlib.util.module_from_spec(found)  # knows where its modules lie, and runs nothing
    try:
        yield
    finally:
        del sys.modules[package]


def _loaded(package: str, modules: Sequence[str]) -> Iterator[tuple[str, object]]:
    """Yield the public names of a package's modules; none when others have opened it, from whom all can be had.

    Raises ImportError when the SDK lacks a module.
    """
    if package in sys.modules:
        return
    with _unopened(package.partition(".")[0]), _unopened(package), cut_to(package, modules):
        for name in modules:
            module = importlib.import_module(f"{package}.{name}")
            yield from ((public, getattr(module, public)) for public in module.__all__)


def _google() -> Used:
    part = Used("pulumi_gcp", ("provider",))
    vars(part).update({name: Used(f"pulumi_gcp.{name}", modules) for name, modules in GCP.items()})
    return part


def _whole(package: str) -> ModuleType:
    with _without_warnings_and_gc():
        return importlib.import_module(package)


def load() -> None:
    """Load at once what otherwise is loaded part by part, when the program first uses it."""
    with _without_warnings_and_gc():
        for part in (cloudflare, gcp, *(getattr(gcp, name) for name in GCP)):
            dir(part)  # loads a part of ours
            getattr(part, "__all__", None)  # loads a lazy module of the whole SDK


if TYPE_CHECKING:
    import pulumi_cloudflare as cloudflare
    import pulumi_gcp as gcp
elif is_on(os.environ):
    cloudflare = Used("pulumi_cloudflare", CLOUDFLARE)
    gcp = _google()
else:
    cloudflare, gcp = _whole("pulumi_cloudflare"), _whole("pulumi_gcp")

__all__ = ["cloudflare", "gcp", "load"]
