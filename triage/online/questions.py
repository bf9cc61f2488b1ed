"""What is asked of each account: reading only, one row a question, with the page of the vendor that describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from triage.model import Step

DAY_AGO, NOW = "{day_ago}", "{now}"


@dataclass(frozen=True)
class Question:
    """One list that a vendor's API gives.

    `rows` is the key of the list in an answer (empty: the answer itself is the one row), `next` the dotted key of what
    leads to the next page, and `cursor` the parameter that it goes into; with an empty `next`, the last row's id does.
    `each` names the question whose rows fill `{each}` in the path, and the key of the row that does.
    Words in braces are filled in: project, now, day_ago (RFC 3339).
    """

    service: str
    name: str
    step: Step
    what: str
    path: str
    rows: str
    cursor: str = ""
    next: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    each: tuple[str, str] = ("", "")

    @property
    def id(self) -> str:
        """The name under which an answer is kept: SERVICE/NAME."""
        return f"{self.service}/{self.name}"


def _stripe(name: str, step: Step, what: str, **more: str) -> Question:
    """List calls page by `starting_after` until `has_more` is false (docs.stripe.com/api/pagination)."""
    return Question("stripe", name, step, what, f"/v1/{name}", "data", "starting_after", "", {"limit": "100", **more})


def _google(service: str, name: str, step: Step, what: str, path: str, rows: str, **more: str) -> Question:
    return Question(service, name, step, what, path, rows, "pageToken", "nextPageToken", more)


LATENCIES = 'metric.type="run.googleapis.com/request_latencies" AND resource.type="cloud_run_revision"'
# docs.cloud.google.com/logging/docs/reference/v2/rest/v2/entries/list; both kinds of services log under their own type
# (docs.cloud.google.com/logging/docs/api/v2/resource-list); functions of the first generation log no requests, but a
# line at the end of each execution
LOGGED = (
    '(resource.type="cloud_run_revision" OR resource.type="cloud_function") AND timestamp>="{day_ago}" AND '
    "(severity>=WARNING OR httpRequest.status>=400 OR jsonPayload.eventId:* OR jsonPayload.event_id:* "
    'OR logName:"run.googleapis.com%2Frequests" OR textPayload:"Function execution took")'
)
QUESTIONS: tuple[Question, ...] = (
    # accounts.batchGet calls the cursor of its answer and of its parameter the same
    Question(
        "auth", "users", Step.CRM, "Firebase Auth users", "/v1/projects/{project}/accounts:batchGet", "users",
        "nextPageToken", "nextPageToken", {"maxResults": "1000"},
    ),
    Question("firestore", "documents", Step.CRM, "samples of Firestore documents", "", ""),
    _stripe("events", Step.PAYMENTS, "Stripe events and their delivery"),
    _stripe("webhook_endpoints", Step.PAYMENTS, "Stripe webhook endpoints"),
    _stripe("subscriptions", Step.PAYMENTS, "Stripe subscriptions", status="all"),
    _stripe("charges", Step.PAYMENTS, "Stripe charges"),
    # developers.hubspot.com: contacts as objects, workflows as flows
    Question(
        "hubspot", "contacts", Step.CRM, "HubSpot contacts", "/crm/objects/2026-09/contacts", "results", "after",
        "paging.next.after", {"limit": "100", "properties": "{contact_properties}"},
    ),
    Question(
        "hubspot", "flows", Step.CONSOLE, "HubSpot workflows", "/automation/v4/flows", "results", "after",
        "paging.next.after", {"limit": "100"},
    ),
    # developer.zendesk.com/api-reference/ticketing/account-configuration/support_addresses, …/business-rules
    Question(
        "zendesk", "recipient_addresses", Step.SUPPORT, "support addresses and forwarding",
        "/api/v2/recipient_addresses.json", "recipient_addresses", "page[after]", "meta.after_cursor",
        {"page[size]": "100"},
    ),
    Question(
        "zendesk", "triggers", Step.SUPPORT, "helpdesk triggers", "/api/v2/triggers.json", "triggers", "page[after]",
        "meta.after_cursor", {"page[size]": "100"},
    ),
    Question(
        "zendesk", "automations", Step.SUPPORT, "helpdesk automations", "/api/v2/automations.json", "automations",
        "page[after]", "meta.after_cursor", {"page[size]": "100"},
    ),
    Question(
        "zendesk", "suspended_tickets", Step.SUPPORT, "suspended tickets", "/api/v2/suspended_tickets.json",
        "suspended_tickets", "page[after]", "meta.after_cursor", {"page[size]": "100"},
    ),
    # docs.cloud.google.com/run/docs/reference/rest/v1/projects.locations/list: the regions that the project may use;
    # …/v2/projects.locations.services/list wants one of them and refuses "-", which functions take for all of them
    _google("run", "locations", Step.EVENTS, "regions of Cloud Run", "/v1/projects/{project}/locations", "locations"),
    Question(
        "run", "services", Step.EVENTS, "Cloud Run services", "/v2/{each}/services", "services", "pageToken",
        "nextPageToken", {}, None, ("run/locations", "name"),
    ),
    _google(
        "functions", "functions", Step.EVENTS, "Cloud Functions", "/v2/projects/{project}/locations/-/functions",
        "functions",
    ),
    Question(
        "logging", "entries", Step.EVENTS, "what services logged in the last day", "/v2/entries:list", "entries",
        "pageToken", "nextPageToken", {},
        {"resourceNames": ["projects/{project}"], "filter": LOGGED, "orderBy": "timestamp desc", "pageSize": 1000},
    ),
    Question(
        "iam", "policy", Step.SECRETS, "the project's IAM policy", "/v1/projects/{project}:getIamPolicy", "bindings",
        "", "", {}, {"options": {"requestedPolicyVersion": 3}},
    ),
    _google("iam", "accounts", Step.SECRETS, "service accounts", "/v1/projects/{project}/serviceAccounts", "accounts"),
    Question(
        "iam", "keys", Step.SECRETS, "keys of service accounts", "/v1/{each}/keys", "keys", "", "",
        {"keyTypes": "USER_MANAGED"}, None, ("iam/accounts", "name"),
    ),
    _google(
        "monitoring", "policies", Step.MONITORING, "alert policies", "/v3/projects/{project}/alertPolicies",
        "alertPolicies",
    ),
    _google(
        "monitoring", "channels", Step.MONITORING, "notification channels",
        "/v3/projects/{project}/notificationChannels", "notificationChannels",
    ),
    _google(
        "monitoring", "uptime", Step.MONITORING, "uptime checks", "/v3/projects/{project}/uptimeCheckConfigs",
        "uptimeCheckConfigs",
    ),
    _google(
        "monitoring", "alerts", Step.MONITORING, "alerts that were opened", "/v3/projects/{project}/alerts", "alerts",
        filter='open_time>"{day_ago}"',
    ),
    Question(
        "monitoring", "crossings", Step.MONITORING, "what the alerts' conditions watched",
        "/v3/projects/{project}/timeSeries", "timeSeries", "pageToken", "nextPageToken", {}, None,
        ("monitoring/policies", "name"),
    ),
    _google(
        "monitoring", "latencies", Step.RELEASE, "the back end's p95", "/v3/projects/{project}/timeSeries",
        "timeSeries",
        **{
            "filter": LATENCIES, "interval.startTime": DAY_AGO, "interval.endTime": NOW,
            "aggregation.alignmentPeriod": "86400s", "aggregation.perSeriesAligner": "ALIGN_PERCENTILE_95",
            "aggregation.crossSeriesReducer": "REDUCE_MAX",
            "aggregation.groupByFields": "resource.label.service_name",
        },
    ),
    Question(
        "remoteconfig", "template", Step.RELEASE, "Remote Config", "/v1/projects/{project}/remoteConfig", "",
    ),
)  # fmt: skip
