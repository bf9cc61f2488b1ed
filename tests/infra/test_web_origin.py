from __future__ import annotations

from typing import Any

import pytest

from blueprint.spec import Spec
from infra.web_origin import WebOrigin, WebOriginConfig, worker_script

HOSTS = ("acme.test", "app.acme.test")


def test_every_web_host_is_led_to_the_hosters_own_name(provision: Any) -> None:
    config = WebOriginConfig("acme.test", "0" * 32, HOSTS, "acme-site.web.app")
    made = provision(lambda: WebOrigin("web-origin", config, "zone-1"))
    script = made.one("WorkersScript").inputs
    assert [(one.inputs["pattern"], one.inputs["script"]) for one in made.of("WorkersRoute")] == [
        ("acme.test/*", script["scriptName"]),
        ("app.acme.test/*", script["scriptName"]),
    ]
    assert script["content"] == worker_script("acme-site.web.app")


@pytest.mark.parametrize(
    "host", ["acme.web.app", "acme.firebaseapp.com", "acme.github.io", "acme.ondigitalocean.app", "acme.globeapp.dev"]
)
def test_a_web_hosters_name_needs_a_worker(spec: Spec, host: str) -> None:
    config = WebOriginConfig.of(spec.model_copy(update={"web": spec.web.model_copy(update={"host": host})}))
    assert config is not None
    assert (config.origin, config.hosts) == (host, spec.web_hosts)


def test_a_host_that_knows_the_domain_needs_none(spec: Spec) -> None:
    assert WebOriginConfig.of(spec) is None
    with pytest.raises(ValueError, match="is no name of a web hoster"):
        WebOriginConfig("acme.test", "0" * 32, HOSTS, "origin.acme.example")
