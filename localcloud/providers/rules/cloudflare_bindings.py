"""What Cloudflare refuses about what a Worker is bound to, its flags, and the items of a list.

Sources: https://developers.cloudflare.com/workers/configuration/multipart-upload-metadata#bindings, workerd's
compatibility-date.c++ (flags that contradict each other), https://developers.cloudflare.com/waf/tools/lists/custom-lists.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.cloudflare_more import LIST, SCRIPT
from localcloud.providers.values import Properties, Unknown, is_network, leaves, mappings

NEEDED: Mapping[str, tuple[str, ...]] = {  # type of binding → what it has to name, in one of these properties
    "analytics_engine": ("dataset",),
    "d1": ("databaseId", "id"),
    "dispatch_namespace": ("namespace",),
    "durable_object_namespace": ("className", "namespaceId"),
    "hyperdrive": ("id",),
    "json": ("json",),
    "kv_namespace": ("namespaceId",),
    "mtls_certificate": ("certificateId",),
    "pipelines": ("pipeline",),
    "plain_text": ("text",),
    "queue": ("queueName",),
    "r2_bucket": ("bucketName",),
    "ratelimit": ("simple",),
    "secret_text": ("text",),
    "secrets_store_secret": ("secretName",),
    "service": ("service",),
    "vectorize": ("indexName",),
    "workflow": ("workflowName",),
}
KINDS = ("ip", "redirect", "hostname", "asn")


def empty_binding(case: Case) -> str | None:
    """Refuse a binding that says nothing of what it is bound to (Workers API code 10021)."""
    for each in mappings(case.inputs.get("bindings")) if case.traits.token == SCRIPT else ():
        needed = NEEDED.get(str(each.get("type")), ())
        if needed and all(each.get(name) is None for name in needed):
            return (
                f"{case.title}: the binding {each.get('name')} of type {each['type']} has no {needed[0]} (Cloudflare "
                "answers 400, code 10021). Set it."
            )
    return None


def contradicting_flags(case: Case) -> str | None:
    """Refuse a compatibility flag beside the one that takes it back (Workers API code 10021)."""
    flags = {flag for flag in leaves(case.inputs, "compatibilityFlags") if isinstance(flag, str)}
    both = next((flag for flag in sorted(flags) if f"no_{flag}" in flags), None)
    if case.traits.token != SCRIPT or both is None:
        return None
    return (
        f"{case.title}: compatibilityFlags has {both} and no_{both}, which contradict each other (Cloudflare answers "
        "400, code 10021). Keep one of them."
    )


def wrong_items(case: Case) -> str | None:
    """Refuse items of another kind than their list's, and addresses that are none."""
    kind = case.inputs.get("kind")
    if case.traits.token != LIST or not isinstance(kind, str) or kind not in KINDS:
        return None
    return case.told(problem for item in mappings(case.inputs.get("items")) for problem in _item(item, kind))


def _item(item: Properties, kind: str) -> Iterator[str]:
    given = [name for name in KINDS if item.get(name) is not None]
    if given != [kind]:
        told = " and ".join(given) or "none"
        yield f"an item of a list of kind {kind} has {told} (Cloudflare answers 400). Set {kind}."
    address = item.get("ip")
    if kind == "ip" and not isinstance(address, Unknown) and address is not None and not is_network(str(address)):
        yield f"{address} is not an address or a range (Cloudflare answers 400). Write one such as 192.0.2.0/24."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("worker-binding", Stage.CHECK, "Workers API: multipart metadata, bindings", empty_binding),
    LaunchRule("worker-flags", Stage.CHECK, "workerd, compatibility-date.c++", contradicting_flags),
    LaunchRule("list-items", Stage.CHECK, "Cloudflare: custom lists", wrong_items),
)
