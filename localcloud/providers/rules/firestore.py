"""What Firestore and Firebase refuse: places, indexes, names of apps and domains."""

from __future__ import annotations

import difflib
import re
from collections import Counter

from blueprint.places import FIRESTORE_PLACES, MULTI_REGIONS
from localcloud.providers.launch_rules import Case, LaunchRule, Stage
from localcloud.providers.tables.gcp_data import DATABASE, RULESET
from localcloud.providers.values import Properties, Unknown, at, is_unknown, leaves

INDEX = "gcp:firestore/index:Index"
SERVICE = re.compile(r"\bservice\s+cloud\.firestore\b")
DECLARED = re.compile(r"\bservice\s+[\w.]+")
ANDROID = "gcp:firebase/androidApp:AndroidApp"
HASHES = {"sha1Hashes": 40, "sha256Hashes": 64}  # hexadecimal digits
SIGN_IN = "gcp:identityplatform/config:Config"
CONTINENTS = {"eu": "eur3", "europe": "eur3", "us": "nam5"}
_STEP = r"(?:[A-Za-z_][A-Za-z0-9_]*|`(?:[^`\\]|\\.)+`)"
FIELD_PATH = re.compile(rf"{_STEP}(?:\.{_STEP})*")  # https://firebase.google.com/docs/firestore/quotas#limits
RESERVED = re.compile(r"__.*__")  # https://firebase.google.com/docs/firestore/quotas: names of collections and fields
MOST_FIELDS = 100
OLD_API = "DATASTORE_MODE_API"
OLD_APIS = ("ANY_API", OLD_API)
DENSITIES = ("", "DENSITY_UNSPECIFIED", "SPARSE_ALL")  # of those APIs: Firestore API, Index.Density
LONGEST_VECTOR = 2_048  # https://firebase.google.com/docs/firestore/vector-search#limitations


def unknown_place(case: Case) -> str | None:
    """Refuse a database in a place that Firestore does not have (400, invalid location ID)."""
    place = case.inputs.get("locationId")
    if case.traits.token != DATABASE or not isinstance(place, str) or place in FIRESTORE_PLACES:
        return None
    close = difflib.get_close_matches(place, FIRESTORE_PLACES, n=3) or list(MULTI_REGIONS)
    meant = CONTINENTS.get(place.lower()) or ", ".join(close)
    return (
        f'{case.title}: Firestore has no location "{place}" (400 INVALID_ARGUMENT). Use {meant}: it cannot be changed '
        "later."
    )


def needless_index(case: Case) -> str | None:
    """Refuse an index that Firestore has already, or that it cannot build.

    https://cloud.google.com/firestore/docs/query-data/index-overview: single fields are indexed by themselves; a
    composite index has one list at most, and each field once.
    """
    fields = case.inputs.get("fields")
    if case.traits.token != INDEX or not isinstance(fields, list) or is_unknown(fields):
        return None
    told = _malformed(case.inputs, fields)
    if told is None and case.inputs.get("apiScope", "ANY_API") == "ANY_API":
        told = _needless(fields)
    names = Counter(str(each.get("fieldPath")) for each in fields)
    twice = next((name for name, count in names.items() if count > 1), None)
    if told is None and twice:
        told = f"names the field {twice} twice (400 INVALID_ARGUMENT). Name each field once"
    if told is None and len(fields) > MOST_FIELDS:
        told = f"has {len(fields)} fields, and Firestore takes {MOST_FIELDS} (400 INVALID_ARGUMENT). Leave some out"
    return f"{case.title} {told}." if told else None


def _malformed(index: Properties, fields: list[dict[str, object]]) -> str | None:
    """Return what no index has (reference of projects.databases.collectionGroups.indexes, IndexField)."""
    collection = str(index.get("collection"))
    if "/" in collection:
        return f"is of the path {collection} (400 INVALID_ARGUMENT). Name the collection alone, without /"
    if index.get("collection") == "":
        return "is of no collection (400 INVALID_ARGUMENT). Name it"
    if RESERVED.fullmatch(collection):
        return f"is of the collection {collection}, a name that Firestore keeps (400 INVALID_ARGUMENT). Use another"
    if index.get("queryScope") == "COLLECTION_RECURSIVE" and index.get("apiScope", "ANY_API") != OLD_API:
        return f"has queryScope COLLECTION_RECURSIVE, which goes with {OLD_API} alone (400 INVALID_ARGUMENT)"
    density = index.get("density")
    if isinstance(density, str) and density not in DENSITIES and index.get("apiScope", "ANY_API") in OLD_APIS:
        return f"has the density {density} (400 INVALID_ARGUMENT). Leave it out: SPARSE_ALL is the only one here"
    return next((told for each in fields if (told := _malformed_field(each))), None)


def foreign_scope(case: Case) -> str | None:
    """Refuse an index for the API of the other mode (reference of collectionGroups.indexes, ApiScope)."""
    name, project = case.inputs.get("database", "(default)"), case.inputs.get("project")
    if case.traits.token != INDEX or case.inputs.get("apiScope") != OLD_API:
        return None
    for database in case.world.resources(DATABASE):
        told = database.outputs
        if (told.get("name"), told.get("project"), told.get("type")) == (name, project, "FIRESTORE_NATIVE"):
            return (
                f"{case.title}: apiScope {OLD_API} is for databases in Datastore's mode, and {name} is a native one "
                "(Firestore answers 400 INVALID_ARGUMENT). Leave apiScope out."
            )
    return None


def _malformed_field(each: dict[str, object]) -> str | None:
    path = str(each.get("fieldPath"))
    kept = reserved_step(path)
    if kept:
        return f"names the field {kept}, a name that Firestore keeps (400 INVALID_ARGUMENT). Use another"
    if not FIELD_PATH.fullmatch(path):
        return (
            f"names the field {path} (400 INVALID_ARGUMENT). Write names with dots in between, and one that has other "
            "characters than letters, digits and _ between backquotes"
        )
    ways = [way for way in ("order", "arrayConfig", "vectorConfig") if each.get(way)]
    if len(ways) != 1:
        found = " and ".join(ways) or "none of them"
        return (
            f"gives the field {path} {found} (400 INVALID_ARGUMENT). Set exactly one of order, arrayConfig, "
            "vectorConfig"
        )
    size = at(each, "vectorConfig.dimension")
    if isinstance(size, int) and not 1 <= size <= LONGEST_VECTOR:
        return f"has vectors of {size} numbers, and Firestore takes 1 to {LONGEST_VECTOR} (400 INVALID_ARGUMENT)"
    return None


def reserved_step(path: str) -> str | None:
    """Return the part of a field's path whose name Firestore keeps for itself, but for `__name__` alone."""
    kept = next((step for step in path.split(".") if RESERVED.fullmatch(step.strip("`"))), None)
    return None if path == "__name__" else kept


def _needless(fields: list[dict[str, object]]) -> str | None:
    own = [each for each in fields if each.get("fieldPath") != "__name__"]
    turned = len(fields) > len(own) and fields[-1].get("order") != own[-1].get("order", "ASCENDING") if own else False
    if len(own) == 1 and not own[0].get("vectorConfig") and not turned:
        return (
            "is of one field, which Firestore indexes by itself (400, this index is not necessary). Leave it out; a "
            "firestore.Field changes how one field is indexed"
        )
    paths = [each.get("fieldPath") for each in fields if not each.get("vectorConfig")]
    if "__name__" in paths[:-1]:
        return "names __name__ before other fields (400 INVALID_ARGUMENT). Put it last, or leave it out: it is added"
    kinds = [bool(each.get("vectorConfig")) for each in fields]
    if kinds != sorted(kinds):
        return "has a vector before other fields (400 INVALID_ARGUMENT). Put it last"
    if sum(kinds) > 1:
        return "has two vectors, of which one is before the other (400 INVALID_ARGUMENT). Make two indexes of it"
    if len([each for each in fields if each.get("arrayConfig")]) > 1:
        return "has two array fields, and Firestore takes one in an index (400 INVALID_ARGUMENT). Keep one of them"
    return None


def wrong_domain(case: Case) -> str | None:
    """Refuse sign-in domains that are not valid (reference of Identity Toolkit, Config.authorizedDomains)."""
    listed = case.inputs.get("authorizedDomains")
    if case.traits.token != SIGN_IN or not isinstance(listed, list):
        return None
    for domain in (each for each in listed if not isinstance(each, Unknown)):
        if not re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", str(domain)):
            bare = re.sub(r"^[a-z]+://|[:/].*$", "", re.sub(r"^[a-z]+://", "", str(domain)))
            return (
                f'{case.title}: "{domain}" in authorizedDomains is not a domain (Identity Toolkit answers 400 '
                f"INVALID_ARGUMENT). Write {bare}, without scheme, port or path."
            )
    return None


def wrong_fingerprint(case: Case) -> str | None:
    """Refuse what is not a certificate's fingerprint (Firebase Management API, ShaCertificate)."""
    for name, digits in HASHES.items() if case.traits.token == ANDROID else ():
        for told in leaves(case.inputs, name):
            if isinstance(told, str) and not re.fullmatch(rf"[0-9A-Fa-f]{{{digits}}}", told.replace(":", "")):
                return (
                    f"{case.title}: {told} in {name} is not a fingerprint of {digits} hexadecimal digits (Firebase "
                    "answers 400 INVALID_ARGUMENT). Copy it from `keytool -list -v` or the Play Console."
                )
    return None


def uncompilable_rules(case: Case) -> str | None:
    """Refuse rules of Firestore that do not compile (Firebase Rules API: 400 INVALID_ARGUMENT, with the place)."""
    source = case.inputs.get("source")
    files = source.get("files") if case.traits.token == RULESET and isinstance(source, dict) else None
    texts = [file.get("content") if isinstance(file, dict) else None for file in files or ()] if files else []
    if texts and all(isinstance(text, str) and not DECLARED.search(text) for text in texts):
        return (
            f"{case.title}: its rules declare no service (Firebase Rules answers 400 INVALID_ARGUMENT). Put them into "
            "service cloud.firestore { match /databases/{database}/documents { … } }."
        )
    for file in files if isinstance(files, list) else ():
        text = file.get("content") if isinstance(file, dict) else None
        if isinstance(text, str) and SERVICE.search(text):
            problem = _problem(text)
            if problem:
                name = file.get("name") or "firestore.rules"
                return (
                    f"{case.title}: {name}:{problem} (Firebase Rules answers 400 INVALID_ARGUMENT). Correct the rules; "
                    f"./launch rules probe {name} checks them before anything is made."
                )
    return None


def _problem(text: str) -> str | None:
    import rules  # takes long, and most stacks have one ruleset

    try:
        rules.compile(text)
    except rules.RulesError as error:
        return str(error.problems[0])
    return None


RULES: tuple[LaunchRule, ...] = (
    LaunchRule("firestore-place", Stage.CHECK, "Firestore: locations", unknown_place),
    LaunchRule("firestore-index", Stage.CHECK, "Firestore: index overview, limits", needless_index),
    LaunchRule("firestore-scope", Stage.CHECK, "Firestore API, Index.ApiScope, QueryScope", foreign_scope),
    LaunchRule("rules-compile", Stage.CHECK, "Firebase Rules API, projects.rulesets.create", uncompilable_rules),
    LaunchRule("fingerprint", Stage.CHECK, "Firebase Management API, ShaCertificate", wrong_fingerprint),
    LaunchRule("sign-in-domain", Stage.CHECK, "Identity Toolkit API, Config.authorizedDomains", wrong_domain),
)
