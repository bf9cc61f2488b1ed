"""The verification: what a stack promised, observed from outside, judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from blueprint.finding import Finding
from blueprint.outputs import Outputs
from blueprint.records import DnsRecord
from verify.assets import first_asset
from verify.judge import mail, records, web
from verify.observe.dns import Answer, Question, ask
from verify.observe.spf import walk
from verify.observe.tls import shake_hands
from verify.observe.web import Page, fetch
from verify.reach import Reach

AT_ONCE = 8  # hosts looked at in parallel
CACHE_TRIES = 3  # an asset's first fetch fills the cache, and the second may come while it fills
PATH = "/some/page?from=verify"  # a redirect has to keep path and query

Progress = Callable[[str], None]


def run(outputs: Outputs, reach: Reach, now: datetime, progress: Progress = lambda _step: None) -> list[Finding]:
    """Return the findings about everything the stack promised; what could not be asked is an unknown finding."""
    progress("DNS records and e-mail")
    found = [*verify_records(outputs, reach), *verify_mail(outputs, reach)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        progress("certificates, redirects, HSTS")
        found += [
            finding
            for part in pool.map(lambda host: verify_host(host, outputs, reach, now), _hosts(outputs))
            for finding in part
        ]
        progress("caching and health")
        found += verify_caching(outputs, reach)
        found += verify_health(outputs, reach)
    return found


def _hosts(outputs: Outputs) -> list[str]:
    return [*outputs.web_hosts, outputs.api_host, *(redirect.source for redirect in outputs.redirects)]


def verify_records(outputs: Outputs, reach: Reach) -> list[Finding]:
    """Return one finding for each name and type that the stack promised."""
    promised: Mapping[Question, list[DnsRecord]] = _by_question(outputs)
    answers = ask(promised, reach)
    return [
        records.judge_records(question.name, question.type, wanted, answers[question])
        for question, wanted in promised.items()
    ]


def _by_question(outputs: Outputs) -> Mapping[Question, list[DnsRecord]]:
    promised: defaultdict[Question, list[DnsRecord]] = defaultdict(list)
    for record in outputs.records:
        promised[Question(record.name, "A" if record.proxied else record.type)].append(record)
    return promised


def verify_mail(outputs: Outputs, reach: Reach) -> list[Finding]:
    """Return the findings on SPF, each DKIM selector, and DMARC."""
    domain = outputs.domain
    selectors = [f"{selector}._domainkey.{domain}" for selector in outputs.mail.selectors]
    answers = ask((Question(name, "TXT") for name in (domain, f"_dmarc.{domain}", *selectors)), reach)

    def text(name: str) -> Answer:
        return answers[Question(name, "TXT")]

    return [
        mail.judge_spf(domain, text(domain)),
        mail.judge_spf_lookups(domain, walk(domain, reach)),
        *(mail.judge_dkim(name, text(name)) for name in selectors),
        mail.judge_dmarc(domain, outputs.mail.dmarc_policy, outputs.mail.dmarc_report, text(f"_dmarc.{domain}")),
    ]


def verify_host(host: str, outputs: Outputs, reach: Reach, now: datetime) -> list[Finding]:
    """Return the findings on one host's certificate, its way from http to https, HSTS, and its redirect if promised."""
    page = fetch(f"https://{host}{PATH}", reach)
    promise = next((redirect for redirect in outputs.redirects if redirect.source == host), None)
    return [
        web.judge_certificate(shake_hands(host, reach), now),
        web.judge_https_redirect(host, fetch(f"http://{host}{PATH}", reach)),
        web.judge_hsts(host, outputs.edge.hsts_max_age, page),
        *([web.judge_redirect(promise, PATH, page)] if promise else []),
    ]


def verify_caching(outputs: Outputs, reach: Reach) -> list[Finding]:
    """Return whether the web app's assets are cached, and the API's answers are not."""
    front = f"https://{outputs.domain}/"
    asset = first_asset(front, fetch(front, reach).body, outputs.edge.cached_prefixes)
    pages = _fetch_until_hit(asset, reach) if asset else []
    return [
        web.judge_cached(asset or front, pages),
        web.judge_never_cached(outputs.health_url, fetch(outputs.health_url, reach)),
    ]


def _fetch_until_hit(url: str, reach: Reach) -> list[Page]:
    pages: list[Page] = []
    while len(pages) < CACHE_TRIES and not (pages and pages[-1].headers.get("cf-cache-status") == "HIT"):
        pages.append(fetch(url, reach))
    return pages


def verify_health(outputs: Outputs, reach: Reach) -> list[Finding]:
    """Return whether the public handlers answer at the health route."""
    return [web.judge_health(outputs.health_url, fetch(outputs.health_url, reach))]
