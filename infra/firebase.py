"""Firebase on top of the Google Cloud project, and the apps that are registered with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project

APIS = ("firebase.googleapis.com", "identitytoolkit.googleapis.com")


@dataclass(frozen=True)
class FirebaseConfig:
    """The apps to register: Android package name, Apple bundle id, and whether there is a web app."""

    title: str
    android: str | None = None
    apple: str | None = None
    web: bool = True

    def __post_init__(self) -> None:
        if not (self.android or self.apple or self.web):
            raise ValueError("no Firebase app is to be registered; name an Android package, a bundle id or a web app")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the apps that the spec registers."""
        apps = spec.google.apps
        return cls(title=spec.domain, android=apps.android, apple=apps.apple, web=apps.web)


class Firebase(pulumi.ComponentResource):
    """Adds Firebase to the project and registers its apps.

    Adding adopts a project that has Firebase already, and destroying leaves Firebase on. The API refuses calls whose
    quota project is the caller's own (terraform-provider-google#18668), so `opts` must bring a provider that bills
    this project. A person has to accept Firebase's terms once, else Google answers a bare 403.
    """

    def __init__(
        self, name: str, config: FirebaseConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:Firebase", name, {}, opts)
        self.added = gcp.firebase.Project(
            "firebase",
            project=project.project_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=project.enabled(*APIS)),
        )
        inside = pulumi.ResourceOptions(parent=self, depends_on=[self.added])
        common = {"project": project.project_id, "opts": inside}
        if config.android:
            gcp.firebase.AndroidApp(
                "android", display_name=f"{config.title} for Android", package_name=config.android, **common
            )
        if config.apple:
            gcp.firebase.AppleApp("apple", display_name=f"{config.title} for Apple", bundle_id=config.apple, **common)
        if config.web:
            gcp.firebase.WebApp("web", display_name=f"{config.title} for the web", **common)
        self.register_outputs({})
