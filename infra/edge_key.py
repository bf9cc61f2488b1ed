"""The secret header by which the public service knows that a request came through the edge.

Its value is the one secret that has to be a resource's input, because Cloudflare's rule must hold it: it is made here,
encrypted in the stack's state, and never written into a file. The service reads it from Secret Manager like any other.
"""

from __future__ import annotations

import pulumi

from handlers.service_manifest import EDGE_KEY
from infra.key import Key
from infra.loading.sdk import gcp


class EdgeKey(pulumi.ComponentResource):
    """Makes the header's value and stores it as a version of its secret, where the public service reads it.

    A new generation is stored before the rule sends it (`stored`), and the version before stays enabled (`ABANDON`):
    the service takes the two newest, so no request is refused while the edge changes over.
    """

    value: pulumi.Output[str]
    stored: pulumi.Resource

    def __init__(
        self,
        name: str,
        generation: int,
        secret: gcp.secretmanager.Secret,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("launch:infra:EdgeKey", name, {}, opts)
        self.value = Key(EDGE_KEY, generation, pulumi.ResourceOptions(parent=self)).value
        self.stored = gcp.secretmanager.SecretVersion(
            EDGE_KEY,
            secret=secret.id,
            secret_data=self.value,
            deletion_policy="ABANDON",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
