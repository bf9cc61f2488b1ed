"""The calls of firebase-admin against Firebase Authentication and Firestore: `firebase_admin_calls.py AUTH FIRESTORE`.

Both are HOST:PORT. `WORKS` does what Firebase does; `NOT_DONE` is answered 501 or UNIMPLEMENTED with a sentence.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

import firebase_admin
import play
import requests
from firebase_admin import auth, firestore, tenant_mgt
from google.api_core.exceptions import Conflict, FailedPrecondition, GoogleAPICallError, NotFound
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import FieldFilter, Or
from google.cloud.firestore_v1.base_vector_query import DistanceMeasure
from google.cloud.firestore_v1.query_profile import ExplainOptions
from google.cloud.firestore_v1.vector import Vector

PROJECT = "acme-rehearsal"
os.environ |= {"FIREBASE_AUTH_EMULATOR_HOST": sys.argv[1], "FIRESTORE_EMULATOR_HOST": sys.argv[2]}


class Nobody(firebase_admin.credentials.Base):
    """An emulator asks for no credential, and the Firestore client for one."""

    def get_credential(self):
        return AnonymousCredentials()


GOOGLE = "https://identitytoolkit.googleapis.com"
send = requests.adapters.HTTPAdapter.send


def by_proxy(self, request, **options):
    """What knows Google's address only comes to the rehearsal by its proxy, with Google's name for the host."""
    if request.url.startswith(GOOGLE):
        request.headers["Host"] = urlsplit(GOOGLE).netloc
        request.url = request.url.replace(GOOGLE, f"http://{sys.argv[1]}")
    return send(self, request, **options)


requests.adapters.HTTPAdapter.send = by_proxy
app = firebase_admin.initialize_app(Nobody(), {"projectId": PROJECT})
count = 0

# Authentication


def made(**more):
    global count
    count += 1
    return auth.create_user(**{"email": f"admin-{count}@acme.test", "password": "correct horse", **more})


def signed_in(method, **body):
    """Return the tokens that an app gets."""
    url = f"http://{sys.argv[1]}/identitytoolkit.googleapis.com/v1/accounts:{method}?key=x"
    answer = requests.post(url, json={"returnSecureToken": True, **body}, timeout=30)
    if not answer.ok:
        raise RuntimeError(answer.text)
    return answer.json()


def token_of(user):
    return signed_in("signInWithPassword", email=user.email, password="correct horse")["idToken"]


def rejected(kind, act):
    """Whether an act ends in that error."""
    try:
        act()
    except kind:
        return True
    return False


def created():
    wanted = {"display_name": "Ada", "photo_url": "https://acme.test/a.png", "phone_number": "+4915112345678"}
    user = made(uid="ada", email_verified=True, disabled=False, **wanted)
    has = (user.uid, user.display_name, user.photo_url, user.phone_number, user.email_verified, user.disabled)
    return has == ("ada", *wanted.values(), True, False)


def erased():
    user = made(display_name="Bo", photo_url="https://acme.test/b.png", phone_number="+4915112345679")
    none = auth.DELETE_ATTRIBUTE
    after = auth.update_user(user.uid, display_name=none, photo_url=none, phone_number=none)
    return (after.display_name, after.photo_url, after.phone_number) == (None, None, None)


def disabled():
    user = made()
    token = token_of(user)
    is_disabled = auth.update_user(user.uid, disabled=True).disabled
    refused = rejected(auth.UserDisabledError, lambda: auth.verify_id_token(token, check_revoked=True))
    return is_disabled and refused and rejected(RuntimeError, lambda: token_of(user))


def enabled():
    user = made(disabled=True)
    return auth.update_user(user.uid, disabled=False).disabled is False and bool(token_of(user))


def changed_address():
    user = made(email_verified=True)
    after = auth.update_user(user.uid, email=f"new-{user.email}", password="battery staple")
    told = signed_in("signInWithPassword", email=after.email, password="battery staple")
    return (after.email_verified, told["localId"]) == (False, user.uid)


def claimed():
    user = made()
    auth.set_custom_user_claims(user.uid, {"plan": "pro"})
    return auth.verify_id_token(token_of(user))["plan"] == "pro" and auth.get_user(user.uid).custom_claims == {
        "plan": "pro"
    }


def unclaimed():
    user = made()
    auth.set_custom_user_claims(user.uid, {"plan": "pro"})
    auth.set_custom_user_claims(user.uid, None)
    return not auth.get_user(user.uid).custom_claims


def revoked():
    user = made()
    token = token_of(user)
    time.sleep(1.1)  # tokens and revocations count whole seconds
    auth.revoke_refresh_tokens(user.uid)
    return rejected(auth.RevokedIdTokenError, lambda: auth.verify_id_token(token, check_revoked=True))


def deleted():
    user = made()
    auth.delete_user(user.uid)
    return rejected(auth.UserNotFoundError, lambda: auth.get_user(user.uid))


def all_deleted():
    users = [made().uid for _ in range(3)]
    result = auth.delete_users([*users, "nobody"])
    return (result.success_count, result.failure_count) == (4, 0) and not auth.get_users(
        [auth.UidIdentifier(each) for each in users]
    ).users


def looked_up():
    wanted = [auth.UidIdentifier("ada"), auth.EmailIdentifier("nobody@acme.test")]
    result = auth.get_users([*wanted, auth.PhoneIdentifier("+4915112345678")])
    return [each.uid for each in result.users] == ["ada"] and len(result.not_found) == 1


def listed():
    page = auth.list_users(max_results=2)
    return len(page.users) == 2 and page.has_next_page and "ada" in [each.uid for each in page.iterate_all()]


def custom_token(claims=None):
    token = auth.create_custom_token("ada", claims)
    told = auth.verify_id_token(signed_in("signInWithCustomToken", token=token.decode())["idToken"])
    return told["uid"] == "ada" and (not claims or told["role"] == claims["role"])


def code_of(link):
    return parse_qs(urlsplit(link).query)["oobCode"][0]


def reset_by_link():
    user = made()
    code = code_of(auth.generate_password_reset_link(user.email))
    signed_in("resetPassword", oobCode=code, newPassword="battery staple")
    return bool(signed_in("signInWithPassword", email=user.email, password="battery staple"))


def verified_by_link():
    user = made()
    signed_in("update", oobCode=code_of(auth.generate_email_verification_link(user.email)))
    return auth.get_user(user.uid).email_verified


def entered_by_link():
    user, settings = made(), auth.ActionCodeSettings("https://acme.test/in", handle_code_in_app=True)
    link = auth.generate_sign_in_with_email_link(user.email, settings)
    told = signed_in("signInWithEmailLink", email=user.email, oobCode=code_of(link))
    return told["localId"] == user.uid and parse_qs(urlsplit(link).query)["continueUrl"] == ["https://acme.test/in"]


def taken_address():
    email = made().email
    return rejected(auth.EmailAlreadyExistsError, lambda: made(email=email))


def imported(**more):
    return auth.import_users([auth.ImportUserRecord(uid="imported", email="imported@acme.test")], **more)


AUTHENTICATION = {
    "auth.create_user": created,
    "auth.create_user, anonymous": lambda: auth.create_user().email is None,
    "auth.create_user, of a known id": lambda: rejected(auth.UidAlreadyExistsError, lambda: made(uid="ada")),
    "auth.create_user, of a known address": taken_address,
    "auth.get_user": lambda: auth.get_user("ada").display_name == "Ada",
    "auth.get_user, of nobody": lambda: rejected(auth.UserNotFoundError, lambda: auth.get_user("nobody")),
    "auth.get_user_by_email": lambda: auth.get_user_by_email(auth.get_user("ada").email).uid == "ada",
    "auth.get_user_by_phone_number": lambda: auth.get_user_by_phone_number("+4915112345678").uid == "ada",
    "auth.get_users": looked_up,
    "auth.get_users, by a provider": lambda: not auth.get_users([auth.ProviderIdentifier("google.com", "1")]).users,
    "auth.list_users": listed,
    "auth.update_user, profile": lambda: auth.update_user("ada", display_name="Ada L.").display_name == "Ada L.",
    "auth.update_user, attributes away": erased,
    "auth.update_user, address and password": changed_address,
    "auth.update_user, disabled": disabled,
    "auth.update_user, enabled": enabled,
    "auth.set_custom_user_claims": claimed,
    "auth.set_custom_user_claims, none": unclaimed,
    "auth.revoke_refresh_tokens": revoked,
    "auth.delete_user": deleted,
    "auth.delete_user, of nobody": lambda: rejected(auth.UserNotFoundError, lambda: auth.delete_user("nobody")),
    "auth.delete_users": all_deleted,
    "auth.create_custom_token": custom_token,
    "auth.create_custom_token, with claims": lambda: custom_token({"role": "author"}),
    "auth.verify_id_token": lambda: bool(auth.verify_id_token(token_of(made()))),
    "auth.verify_id_token, check_revoked": lambda: bool(auth.verify_id_token(token_of(made()), check_revoked=True)),
    "auth.generate_password_reset_link": reset_by_link,
    "auth.generate_email_verification_link": verified_by_link,
    "auth.generate_sign_in_with_email_link": entered_by_link,
    "auth.generate_password_reset_link, of nobody": lambda: rejected(
        auth.EmailNotFoundError, lambda: auth.generate_password_reset_link("nobody@acme.test")
    ),
}
AUTHENTICATION_NOT_DONE = {
    "auth.import_users": imported,
    "auth.import_users, with passwords": lambda: auth.import_users(
        [auth.ImportUserRecord(uid="hashed", email="hashed@acme.test", password_hash=b"x", password_salt=b"y")],
        hash_alg=auth.UserImportHash.hmac_sha256(b"key"),
    ),
    "auth.create_session_cookie": lambda: auth.create_session_cookie(token_of(made()), expires_in=3_600),
    "auth.list_oidc_provider_configs": lambda: auth.list_oidc_provider_configs(),
    "auth.create_oidc_provider_config": lambda: auth.create_oidc_provider_config(
        "oidc.acme", "client", "https://acme.test", display_name="Acme", enabled=True
    ),
    "auth.get_oidc_provider_config": lambda: auth.get_oidc_provider_config("oidc.acme"),
    "auth.delete_oidc_provider_config": lambda: auth.delete_oidc_provider_config("oidc.acme"),
    "auth.list_saml_provider_configs": lambda: auth.list_saml_provider_configs(),
    "auth.get_saml_provider_config": lambda: auth.get_saml_provider_config("saml.acme"),
    "tenant_mgt.create_tenant": lambda: tenant_mgt.create_tenant("acme"),
    "tenant_mgt.get_tenant": lambda: tenant_mgt.get_tenant("acme"),
    "tenant_mgt.list_tenants": lambda: tenant_mgt.list_tenants(),
    "tenant_mgt.auth_for_tenant, get_user": lambda: tenant_mgt.auth_for_tenant("acme").get_user("ada"),
}

# Firestore

db = firestore.client()
notes = db.collection("notes")
PATIENCE = 30.0  # seconds


def stored(**fields):
    _, reference = notes.add({"n": 1, "tags": ["a"], **fields})
    return reference


def read(reference):
    return reference.get().to_dict()


def set_and_read():
    reference = notes.document("one")
    reference.set({"n": 1, "deep": {"a": [1, None, b"x", 2.5, firestore.GeoPoint(1, 2)]}})
    reference.set({"deep": {"b": 1}}, merge=True)
    return set(read(reference)["deep"]) == {"a", "b"}


def updated():
    reference = stored(deep={"a": 1, "b": 2})
    reference.update({"deep.a": 3, "n": firestore.DELETE_FIELD})
    return read(reference) == {"tags": ["a"], "deep": {"a": 3, "b": 2}}


def transformed():
    reference = stored()
    sums = {"n": firestore.Increment(2), "tags": firestore.ArrayUnion(["b"]), "at": firestore.SERVER_TIMESTAMP}
    reference.update(sums)
    found = read(reference)
    return (found["n"], found["tags"], found["at"] is not None) == (3, ["a", "b"], True)


def gone():
    reference = stored()
    reference.delete()
    return not reference.get().exists


def preconditioned():
    reference = stored()
    seen = reference.get().update_time
    reference.update({"n": 2})
    option = db.write_option(last_update_time=seen)
    return rejected((FailedPrecondition, Conflict), lambda: reference.update({"n": 3}, option=option))


def batched():
    batch, first, second = db.batch(), stored(), notes.document()
    batch.set(second, {"n": 5})
    batch.update(first, {"n": 6})
    return len(batch.commit()) == 2 and (read(first)["n"], read(second)["n"]) == (6, 5)


def in_bulk():
    writer, references = db.bulk_writer(), [notes.document() for _ in range(3)]
    for each in references:
        writer.set(each, {"n": 7})
    writer.close()
    return [read(each)["n"] for each in references] == [7, 7, 7]


def transacted():
    reference = stored()

    @firestore.transactional
    def more(transaction):
        seen = reference.get(transaction=transaction).get("n")
        transaction.update(reference, {"n": seen + 1})
        return seen

    return more(db.transaction()) == 1 and read(reference)["n"] == 2


def asked():
    group = stored().id
    for n in (2, 3, 4):
        stored(n=n, group=group)
    ours = notes.where(filter=FieldFilter("group", "==", group))
    either = ours.where(filter=Or([FieldFilter("n", "==", 2), FieldFilter("n", "==", 4)]))
    return sorted(each.get("n") for each in either.stream()) == [2, 4] and len(list(ours.limit(2).stream())) == 2


def in_order():
    place = db.collection("scores")
    for n in (1, 2, 3, 4):
        place.document(str(n)).set({"n": n})
    query = place.order_by("n", direction=firestore.Query.DESCENDING)
    return [each.get("n") for each in query.start_after({"n": 4}).limit(2).select(["n"]).stream()] == [3, 2]


def counted():
    place = db.collection("sums")
    for n in (1, 2, 3):
        place.document(str(n)).set({"n": n})
    answer = place.count(alias="all").sum("n", alias="sum").avg("n", alias="mean").get()[0]
    return {each.alias: each.value for each in answer} == {"all": 3, "sum": 6, "mean": 2}


def grouped():
    parent = stored()
    parent.collection("lines").document("x").set({"n": 1})
    found = {each.reference.path for each in db.collection_group("lines").stream()}
    return f"{parent.path}/lines/x" in found and [each.id for each in parent.collections()] == ["lines"]


def heard(watch, change):
    """Whether a listener hears once at the start and once after a change."""
    calls = threading.Semaphore(0)
    listening = watch(lambda *_: calls.release())
    try:
        return calls.acquire(timeout=PATIENCE) and bool(change()) and calls.acquire(timeout=PATIENCE)
    finally:
        listening.unsubscribe()


def document_heard():
    reference = stored()
    return heard(reference.on_snapshot, lambda: reference.update({"n": 2}))


def query_heard():
    place = db.collection("heard")
    return heard(place.where(filter=FieldFilter("n", ">", 0)).on_snapshot, lambda: place.add({"n": 1}))


def parted():
    return list(db.collection_group("notes").get_partitions(2))


def cleared():
    place = stored().collection("rooms")
    for n in range(3):
        place.document(str(n)).set({"n": n})
    return db.recursive_delete(place) >= 3 and not list(place.stream())


FIRESTORE = {
    "firestore set, and merge": set_and_read,
    "firestore add": lambda: read(stored(n=8))["n"] == 8,
    "firestore create, of a known document": lambda: rejected(Conflict, lambda: stored().create({})),
    "firestore update": updated,
    "firestore update, of none": lambda: rejected(NotFound, lambda: notes.document("none").update({"n": 1})),
    "firestore update, with a precondition": preconditioned,
    "firestore transforms": transformed,
    "firestore delete": gone,
    "firestore get_all": lambda: (
        len([each for each in db.get_all([stored(), notes.document("no")]) if each.exists]) == 1
    ),
    "firestore batch": batched,
    "firestore bulk_writer": in_bulk,
    "firestore transaction": transacted,
    "firestore where": asked,
    "firestore order_by": in_order,
    "firestore count, sum, avg": counted,
    "firestore collection_group, collections": grouped,
    "firestore list_documents": lambda: "one" in [each.id for each in notes.list_documents()],
    "firestore on_snapshot, a document": document_heard,
    "firestore on_snapshot, a query": query_heard,
    "firestore get_partitions": parted,
    "firestore recursive_delete": cleared,
}
FIRESTORE_NOT_DONE = {
    "firestore find_nearest": lambda: notes.find_nearest(
        "v", Vector([1.0, 2.0]), distance_measure=DistanceMeasure.EUCLIDEAN, limit=1
    ).get(),
    "firestore explain": lambda: notes.limit(1).get(explain_options=ExplainOptions(analyze=True)),
    "firestore pipeline": lambda: list(db.pipeline().collection("notes").execute()),
}
WORKS = {**AUTHENTICATION, **FIRESTORE}
NOT_DONE = {**AUTHENTICATION_NOT_DONE, **FIRESTORE_NOT_DONE}


def refusal(error):
    if isinstance(error, GoogleAPICallError):
        return int(error.code or 0), error.message
    answer = getattr(error, "http_response", None)
    return (0 if answer is None else answer.status_code), str(error)


if __name__ == "__main__":
    play.play(WORKS, NOT_DONE, refusal)
