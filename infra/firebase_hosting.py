"""Firebase Hosting of the Flutter web build: a site, which the edge asks by its own name (infra/web_origin.py)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.firebase import Firebase
from infra.loading.sdk import gcp
from infra.project import Project

APIS = ("firebasehosting.googleapis.com",)


@dataclass(frozen=True)
class FirebaseHostingConfig:
    """The site's id, unique among all of Firebase."""

    site: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{4,28}[a-z0-9]", self.site):
            raise ValueError(f"site {self.site}: Firebase wants 6 to 30 lower-case letters, digits and dashes")

    @classmethod
    def of(cls, spec: Spec) -> Self | None:
        """Return the web app's site at Firebase, None where the spec names another host."""
        return cls(spec.web.site) if spec.web.site else None


class FirebaseHosting(pulumi.ComponentResource):
    """Makes the site; what it shows is uploaded by `firebase deploy --only hosting`.

    Firebase is not told the launch's hosts: it would want a certificate for each, which it cannot get or renew behind
    the edge. A web app that lives there already is adopted by its id.
    """

    def __init__(
        self,
        name: str,
        config: FirebaseHostingConfig,
        project: Project,
        firebase: Firebase,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:Hosting", name, {}, opts)
        gcp.firebase.HostingSite(
            config.site,
            site_id=config.site,
            project=project.project_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[firebase.added, *project.enabled(*APIS)]),
        )
        self.register_outputs({})
