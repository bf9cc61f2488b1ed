"""Identity Platform: Firebase sign-in with more to it. It cannot be undone, so a spec has to ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pulumi

from blueprint.spec import Spec
from infra.loading.sdk import gcp
from infra.project import Project

APIS = ("identitytoolkit.googleapis.com",)


@dataclass(frozen=True)
class IdentityPlatformConfig:
    """`domains` are the hosts on which people may sign in."""

    domains: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.domains:
            raise ValueError("no host may sign people in; name at least the web app's")

    @classmethod
    def of(cls, spec: Spec) -> Self:
        """Return the hosts of the web app, those that the spec names, and those that Firebase gives every project."""
        own = (f"{spec.google.project}.firebaseapp.com", f"{spec.google.project}.web.app")
        return cls(tuple(dict.fromkeys((*spec.web_hosts, *own, *spec.google.sign_in_domains))))


class IdentityPlatform(pulumi.ComponentResource):
    """Upgrades the project's sign-in, and says where it may be used.

    How people sign in stays with the console: the provider would take away what a `sign_in` here leaves out, in every
    run. Whether accounts of anonymous users go after 30 days is the founder's to choose, for their data goes with them.

    A project stays upgraded for ever (terraform-provider-google#16520), so destroying forgets the configuration and
    keeps it. Google puts the app's API key, which every visitor can read in the page anyway, into the answer: it is
    kept as a secret all the same.
    """

    def __init__(
        self, name: str, config: IdentityPlatformConfig, project: Project, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("launch:infra:SignIn", name, {}, opts)
        gcp.identityplatform.Config(
            "sign-in",
            project=project.project_id,
            authorized_domains=list(config.domains),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=project.enabled(*APIS),
                additional_secret_outputs=["client"],
                retain_on_delete=True,
            ),
        )
        self.register_outputs({})
