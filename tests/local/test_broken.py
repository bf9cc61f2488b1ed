"""The real program with one mistake in it: the launch rules bite, and say so in words a founder can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from localcloud.base.world import World

pytestmark = pytest.mark.stack

CLOUDS = ("gcp:", "cloudflare:")
MACHINERY = re.compile(r"Traceback|File \"|urn:pulumi|rpc error|<nil>|\(\?[:=!]|[a-z]+:index/|has a problem|Exception")


@dataclass(frozen=True)
class Mistake:
    """A text of one file of the project, and what a founder wrote in its place."""

    file: str
    right: str
    wrong: str

    @contextmanager
    def made(self, project: Path) -> Iterator[None]:
        """Have the mistake in the project's file, and mend it afterwards."""
        path = project / self.file
        healthy = path.read_text()
        assert healthy.count(self.right) == 1, f"{self.file} has changed; this mistake no longer fits"
        path.write_text(healthy.replace(self.right, self.wrong))
        try:
            yield
        finally:
            path.write_text(healthy)


def added(*lines: str) -> Mistake:
    """Return the mistake of adding these lines to the program, after all components."""
    end = "    return Stack(project,"
    return Mistake("infra/stack.py", end, "".join(f"    {line}\n" for line in lines) + end)


def reading_a_secret(service: str, version: str) -> Mistake:
    """Return the mistake of giving a service a secret as an environment variable."""
    right = "for name, value in sorted(wanted.env.items())]"
    reference = {"secret": "resend-key", "version": version}
    variable = {"name": "RESEND_KEY", "value_source": {"secret_key_ref": reference}}
    return Mistake("infra/services.py", right, f"{right} + ([{variable}] if wanted.name == {service!r} else [])")


@dataclass(frozen=True)
class Variant:
    """A mistake, the command that shows it, and what the founder reads: resource, reason and cure, in this order."""

    rule: str
    command: str
    mistake: Mistake
    told: tuple[str, ...]


VARIANTS = (
    Variant(
        "service not enabled, for a component",
        "preview",
        Mistake("infra/apis.py", "for part in PARTS for", "for part in PARTS if part is not queues for"),
        ("project acme-rehearsal does not switch on cloudtasks.googleapis.com", "add", "to PARTS in infra/apis.py"),
    ),
    Variant(
        "service not enabled",
        "up",
        added('gcp.kms.KeyRing("keys", name="keys", location=spec.google.region, opts=google)'),
        ('KeyRing "keys" needs the API cloudkms.googleapis.com, which is not enabled in project acme-rehearsal', "Add"),
    ),
    Variant(
        "unknown parent",
        "up",
        added(
            'gcp.secretmanager.SecretIamMember("mailer", project=project.project_id, secret_id="resend-kye",',
            '    role="roles/secretmanager.secretAccessor", member=back.accounts.member("intake"))',
        ),
        (
            'SecretIamMember "mailer" names "resend-kye"',
            "there is no such Secret",
            "Cure: correct the name, or create the Secret",
        ),
    ),
    Variant(
        "secret without version",
        "up",
        reading_a_secret("support-ticket", "7"),
        ('Service "support-ticket" names secret resend-key', "version 7", "`./launch secrets push resend-key`"),
    ),
    Variant(
        "secret without accessor",
        "up",
        reading_a_secret("sync-crm", "latest"),
        (
            'Service "sync-crm" names secret resend-key',
            "sync-crm@acme-rehearsal.iam.gserviceaccount.com may not read it",
            "Give it roles/secretmanager.secretAccessor",
        ),
    ),
    Variant(
        "CNAME beside other records",
        "up",
        added(
            "from blueprint.records import DnsRecord",
            "from infra.dns import publish",
            'publish(DnsRecord(spec.api_host, "CNAME", "acme.hosting.test"), zone.zone_id, zone)',
        ),
        ('DnsRecord "cname-api.acme.test"', "api.acme.test cannot be CNAME", "stands alone", "Remove one of the two"),
    ),
    Variant(
        "second ruleset in a phase",
        "up",
        added(
            "from infra.redirects import redirect_rule",
            "from infra.loading.sdk import cloudflare",
            'cloudflare.Ruleset("moved", zone_id=zone.zone_id, name="moved", kind="zone",',
            '    phase="http_request_dynamic_redirect", rules=[redirect_rule(spec.redirects[0])])',
        ),
        ('Ruleset "moved" is a second ruleset', '"redirects" is there already', "Put the rules of both into one"),
    ),
    Variant(
        "proxied on a wrong type",
        "preview",
        Mistake("infra/dns.py", "proxied=record.proxied", 'proxied=record.proxied or record.name.startswith("_dmarc")'),
        ('DnsRecord "txt-_dmarc.acme.test" is proxied', "only A, AAAA, CNAME", "Set proxied to false"),
    ),
    Variant(
        "name taken",
        "up",
        added(
            'gcp.storage.Bucket("uploads", name=f"{spec.google.project}-source", location="EU", opts=google,',
            '    uniform_bucket_level_access=True, public_access_prevention="enforced")',
        ),
        ('Bucket "uploads" cannot be created', "acme-rehearsal-source already exists", "Choose another name"),
    ),
    Variant(
        "immutable field",
        "preview",
        Mistake("infra/firestore.py", "location_id=config.location", 'location_id="europe-west3"'),
        (
            "database firestore: locationId cannot be changed in place",
            "it is protected. Undo the change.",
            "set protect to false in Pulumi.local.yaml",
        ),
    ),
    Variant(
        "deletion protection",
        "preview",
        Mistake("infra/firestore.py", '            "firestore",\n', '            "documents",\n'),
        ("database firestore: it is protected from deletion", "would be lost", "Keep it in the program"),
    ),
    Variant(
        "plan limit",
        "up",
        Mistake("infra/edge.py", 'f"({_below(NEVER_CACHED)})"', "'(http.request.uri.path matches \"json$\")'"),
        ('Ruleset "cache": a rule uses a regular expression', "Free plan does not allow", "take the Business plan"),
    ),
    Variant(
        "policy",
        "up",
        added(
            'gcp.projects.IAMMember("shortcut", project=project.project_id, role="roles/editor",',
            '    member=back.accounts.member("intake"), opts=google)',
        ),
        ("shortcut gives the basic role roles/editor", "Give the predefined role", "Checkov CKV_GCP_117"),
    ),
)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.rule.replace(" ", "-"))
def test_a_mistake_is_refused_with_resource_reason_and_cure(workshop: Any, variant: Variant) -> None:
    before = provider_calls(workshop.home)
    with variant.mistake.made(workshop.project):
        done = workshop.run(variant.command)
    assert done.returncode == 1, done.stdout + done.stderr
    read = done.stdout + done.stderr
    assert f"✗ pulumi {variant.command} failed." in read
    assert re.search(".*?".join(map(re.escape, variant.told)), read, re.DOTALL), read
    assert not MACHINERY.search(read), read
    assert provider_calls(workshop.home) == before, "the refused change has changed something"


def test_mistakes_in_the_spec_are_told_all_at_once_before_anything_starts(workshop: Any) -> None:
    domain = Mistake("Pulumi.local.yaml", "domain: acme.test", "domain: https://acme.test")
    plan = Mistake("Pulumi.local.yaml", "plan: free", "plan: gratis")
    with domain.made(workshop.project), plan.made(workshop.project):
        done = workshop.run("preview")
    assert done.returncode == 2, done.stdout + done.stderr
    assert '  - spec.domain: "https://acme.test" is not a host name: lower case, without https://' in done.stderr
    assert "  - spec.cloudflare.plan must be 'free', 'pro', 'business' or 'enterprise'" in done.stderr
    assert not MACHINERY.search(done.stderr)


def test_what_no_cloud_can_change_is_refused_before_the_engine_starts(workshop: Any) -> None:
    with Mistake("Pulumi.local.yaml", "region: europe-west1", "region: europe-west3").made(workshop.project):
        done = workshop.run("preview")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "google.region is europe-west3, but this stack is up with europe-west1" in done.stderr
    assert "A Firestore database never moves" in done.stderr
    assert "Set google.region back to europe-west1" in done.stderr
    assert not MACHINERY.search(done.stderr)


def test_afterwards_the_healthy_program_still_changes_nothing(workshop: Any) -> None:
    assert "0 changes" in workshop.well("preview", "--expect-no-changes")


def test_destroy_leaves_what_is_protected_and_says_so(workshop: Any) -> None:
    said = workshop.well("destroy")
    for kept in ("project acme-rehearsal", "database firestore", "zone acme.test", "secret stripe-api-key"):
        assert f"kept: {kept}, because it is protected" in said
    world = World(workshop.home / "world.db")
    left = {found.type.rpartition(":")[2] for found in world.resources() if found.type.startswith(CLOUDS)}
    world.close()
    assert {"Project", "Database", "Zone", "Secret", "Service"} <= left
    assert not left & {"DnsRecord", "Ruleset", "BackendService", "URLMap", "AlertPolicy", "Index", "Budget"}


def provider_calls(home: Path) -> int:
    """Return how often the clouds were changed so far."""
    world = World(home / "world.db")
    calls = len(world.journal("provider"))
    world.close()
    return calls
