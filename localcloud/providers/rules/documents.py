"""What Firestore refuses about names of databases and single fields, and Firebase about domains and phones.

Sources: the references of projects.databases.create (databaseId) and of collectionGroups.fields, of Firebase Hosting's
customDomains, and of Identity Toolkit's Config (SmsRegionConfig, PhoneNumber) with
https://firebase.google.com/docs/auth/web/phone-auth#test-with-fictional-phone-numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from localcloud.providers.launch_rules import REFUSED, Case, LaunchRule, Stage
from localcloud.providers.rules.firestore import FIELD_PATH, RESERVED, SIGN_IN, reserved_step
from localcloud.providers.tables.gcp_data import DATABASE
from localcloud.providers.values import Value, at, every, leaves

FIELD = "gcp:firestore/field:Field"
HOSTED = "gcp:firebase/hostingCustomDomain:HostingCustomDomain"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
REGION = re.compile(r"[A-Z]{2}")
MOST_NUMBERS, MOST_INTERVALS = 10, 10  # …/phone-auth; https://firebase.google.com/docs/auth/web/totp-mfa
PHONE, CODE = re.compile(r"\+[1-9][0-9 ()-]{6,20}"), re.compile(r"\d{6}")


def wrong_database(case: Case) -> str | None:
    """Refuse a database's name that could be its UUID."""
    name = case.inputs.get("name")
    if case.traits.token != DATABASE or not isinstance(name, str) or not UUID.fullmatch(name):
        return None
    return f'{case.title}: "{name}" looks like a UUID (Firestore answers {REFUSED}). Give the database a name in words.'


def wrong_concurrency(case: Case) -> str | None:
    """Refuse entity groups in a native database (Firestore API, Database.concurrencyMode)."""
    groups = case.inputs.get("concurrencyMode") == "OPTIMISTIC_WITH_ENTITY_GROUPS"
    if case.traits.token != DATABASE or not groups or case.inputs.get("type") != "FIRESTORE_NATIVE":
        return None
    return (
        f"{case.title}: OPTIMISTIC_WITH_ENTITY_GROUPS is for Datastore's mode alone (Firestore answers {REFUSED}). "
        "Leave concurrencyMode out."
    )


def wrong_field(case: Case) -> str | None:
    """Refuse a field whose path or collection cannot be one."""
    return case.told(_field(case)) if case.traits.token == FIELD else None


def _field(case: Case) -> Iterator[str]:
    collection, field = case.inputs.get("collection"), case.inputs.get("field")
    if isinstance(collection, str) and ("/" in collection or not collection):
        yield f'"{collection}" is not a collection ({REFUSED}). Name the collection alone, without a path.'
    for name in (collection, reserved_step(field) if isinstance(field, str) else None):
        if isinstance(name, str) and RESERVED.fullmatch(name):
            yield f'"{name}" is a name that Firestore keeps ({REFUSED}). Use another.'
    ways = [each for each in leaves(case.inputs, "indexConfig.indexes") if isinstance(each, dict)]
    if any(each.get("order") and each.get("arrayConfig") for each in ways):
        yield f"an index has order and arrayConfig ({REFUSED}). Make two indexes of it."
    if isinstance(field, str) and field != "*" and not FIELD_PATH.fullmatch(field):
        yield (
            f'"{field}" is not a field\'s path ({REFUSED}). Write names with dots in between, and one with other '
            "characters than letters, digits and _ between backquotes."
        )


def wrong_domain(case: Case) -> str | None:
    """Refuse a hosting's domain that is not one."""
    domain = case.inputs.get("customDomain") if case.traits.token == HOSTED else None
    if not isinstance(domain, str) or DOMAIN.fullmatch(domain):
        return None
    bare = re.sub(r"[:/].*$", "", re.sub(r"^([a-z]+://)?(\*\.)?", "", domain))
    cure = f"Write {bare} alone." if DOMAIN.fullmatch(bare) else "Write one such as app.acme.test."
    return f'{case.title}: "{domain}" is not a domain (Firebase answers {REFUSED}). {cure}'


def wrong_phones(case: Case) -> str | None:
    """Refuse regions for text messages that are not codes, and numbers for tests that are not numbers."""
    return case.told(_phones(case)) if case.traits.token == SIGN_IN else None


def _phones(case: Case) -> Iterator[str]:
    for list_ in ("allowByDefault.disallowedRegions", "allowlistOnly.allowedRegions"):
        for region in leaves(case.inputs, f"smsRegionConfig.{list_}"):
            if isinstance(region, str) and not REGION.fullmatch(region):
                yield f'"{region}" in smsRegionConfig is not a region ({REFUSED}). Write two capitals, such as DE.'
    numbers = at(case.inputs, "signIn.phoneNumber.testPhoneNumbers")
    for number, code in numbers.items() if isinstance(numbers, dict) else ():
        if not PHONE.fullmatch(number):
            yield f'the number for tests "{number}" ({REFUSED}). Write it with its country, such as +4915112345678.'
        if isinstance(code, str) and not CODE.fullmatch(code):
            yield f"the code of the number for tests {number} ({REFUSED}). Write six digits."
    yield from _factors(case, numbers)


def _factors(case: Case, numbers: Value) -> Iterator[str]:
    if isinstance(numbers, dict) and len(numbers) > MOST_NUMBERS:
        yield f"there are {len(numbers)} numbers for tests ({REFUSED}). Keep {MOST_NUMBERS}."
    for count in every(case.inputs, "mfa.providerConfigs.totpProviderConfig.adjacentIntervals"):
        if isinstance(count, int | float) and not 0 <= count <= MOST_INTERVALS:
            yield f"adjacentIntervals is {count:.0f} ({REFUSED}). Use 0 to {MOST_INTERVALS}."


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("database-name", Stage.CHECK, "Firestore API, projects.databases.create", wrong_database),
    LaunchRule("database-concurrency", Stage.CHECK, "Firestore API, Database.concurrencyMode", wrong_concurrency),
    LaunchRule("field-path", Stage.CHECK, "Firestore API, collectionGroups.fields", wrong_field),
    LaunchRule("hosting-domain", Stage.CHECK, "Firebase Hosting API, customDomains", wrong_domain),
    LaunchRule("sign-in-phones", Stage.CHECK, "Identity Toolkit API, SmsRegionConfig, PhoneNumber", wrong_phones),
)
