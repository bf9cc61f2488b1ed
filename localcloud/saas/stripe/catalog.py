"""Customers, products, prices and webhook endpoints: objects without a life of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from localcloud.saas.object_store import StoredObject
from localcloud.saas.stripe.calls import Call, Operation
from localcloud.saas.stripe.errors import StripeError, missing, required
from localcloud.saas.stripe.ledger import ENDED, Ledger, new_id
from localcloud.saas.stripe.paging import PARAMETERS as PAGING
from localcloud.saas.stripe.paging import boolean, created_within, number, page

CUSTOMER = frozenset({"email", "name", "description", "phone", "metadata"})
PRODUCT = frozenset({"name", "description", "metadata", "active"})
PRICE = frozenset(
    {"currency", "unit_amount", "lookup_key", "nickname", "product", "product_data", "recurring", "metadata"}
)
ENDPOINT = frozenset({"url", "enabled_events", "description", "metadata", "api_version", "disabled"})


class Catalog:
    """The account's customers, products, prices and webhook endpoints."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def operations(self) -> list[Operation]:
        """Return what can be called."""
        by_email, by_price = PAGING | {"email", "created"}, PAGING | {"lookup_keys", "product", "active", "type"}
        return [
            Operation("POST", "/v1/customers", self._create_customer, CUSTOMER),
            Operation("GET", "/v1/customers", self._list_customers, by_email),
            Operation("GET", "/v1/customers/{id}", self._customer),
            Operation("POST", "/v1/customers/{id}", self._update_customer, CUSTOMER),
            Operation("DELETE", "/v1/customers/{id}", self._delete_customer),
            Operation("POST", "/v1/products", self._create_product, PRODUCT),
            Operation("GET", "/v1/products/{id}", lambda call: self._ledger.need("product", call.path["id"])),
            Operation("POST", "/v1/prices", self._create_price, PRICE),
            Operation("GET", "/v1/prices", self._list_prices, by_price),
            Operation("GET", "/v1/prices/{id}", lambda call: self._ledger.need("price", call.path["id"])),
            Operation("POST", "/v1/webhook_endpoints", self._create_endpoint, ENDPOINT - {"disabled"}),
            Operation("GET", "/v1/webhook_endpoints", self._list_endpoints, PAGING),
            Operation("GET", "/v1/webhook_endpoints/{id}", self._endpoint),
            Operation("POST", "/v1/webhook_endpoints/{id}", self._update_endpoint, ENDPOINT - {"api_version"}),
            Operation("DELETE", "/v1/webhook_endpoints/{id}", self._delete_endpoint),
        ]

    # Customers

    def _create_customer(self, call: Call) -> StoredObject:
        fields = {"email": None, "name": None, "description": None, "phone": None, "metadata": {}, **call.wanted}
        customer = self._ledger.new("customer", "cus", fields)
        self._ledger.emit("customer.created", customer, call.key)
        return customer

    def _customer(self, call: Call) -> StoredObject:
        return self._ledger.need("customer", call.path["id"])

    def _update_customer(self, call: Call) -> StoredObject:
        customer = self._alive(call)
        metadata = merged(customer["metadata"], call.wanted.get("metadata"))
        customer |= {**call.wanted, "metadata": metadata}
        self._ledger.save(customer)
        self._ledger.emit("customer.updated", customer, call.key)
        return customer

    def _delete_customer(self, call: Call) -> StoredObject:
        """Delete a customer, whose subscriptions end by that; invoices stay (docs.stripe.com/api/customers/delete)."""
        customer = self._alive(call)
        for each in self._ledger.newest_first("subscription"):
            if each["customer"] == customer["id"] and each["status"] not in ENDED:
                self._ledger.cancel(each)
        self._ledger.emit("customer.deleted", customer)
        gone = {"id": customer["id"], "object": "customer", "deleted": True}
        self._ledger.save({**gone, "created": customer["created"]})
        return gone

    def _alive(self, call: Call) -> StoredObject:
        customer = self._customer(call)
        if customer.get("deleted"):
            raise StripeError(404, f"No such customer: '{customer['id']}'", code="resource_missing", param="id")
        return customer

    def _list_customers(self, call: Call) -> StoredObject:
        email, created = call.wanted.get("email"), call.wanted.get("created")
        found = [
            each
            for each in self._ledger.newest_first("customer")
            if not each.get("deleted")
            and (email is None or each["email"] == email)
            and (created is None or created_within(each, created))
        ]
        return page(found, call.wanted, "/v1/customers")

    # Products and prices

    def _create_product(self, call: Call) -> StoredObject:
        if not call.wanted.get("name"):
            raise required("name")
        return self._ledger.new("product", "prod", {"active": True, "metadata": {}, **call.wanted})

    def _create_price(self, call: Call) -> StoredObject:
        wanted = call.wanted
        if not wanted.get("currency"):
            raise required("currency")
        fields = {
            "active": True,
            "currency": wanted["currency"],
            "lookup_key": wanted.get("lookup_key"),
            "metadata": wanted.get("metadata", {}),
            "nickname": wanted.get("nickname"),
            "product": self._product_of(wanted),
            "recurring": wanted.get("recurring"),
            "type": "recurring" if wanted.get("recurring") else "one_time",
            "unit_amount": number(wanted.get("unit_amount", "0"), "unit_amount"),
        }
        return self._ledger.new("price", "price", fields)

    def _product_of(self, wanted: Mapping[str, Any]) -> str:
        if wanted.get("product"):
            return str(self._ledger.need("product", str(wanted["product"]), "product", in_path=False)["id"])
        data = wanted.get("product_data")
        if not (isinstance(data, dict) and data.get("name")):
            raise required("product")
        made = self._ledger.new("product", "prod", {"active": True, "metadata": {}, "name": data["name"]})
        return str(made["id"])

    def _list_prices(self, call: Call) -> StoredObject:
        keys, product = call.wanted.get("lookup_keys"), call.wanted.get("product")
        found = [
            each
            for each in self._ledger.newest_first("price")
            if (keys is None or each["lookup_key"] in keys) and (product is None or each["product"] == product)
        ]
        return page(found, call.wanted, "/v1/prices")

    # Webhook endpoints

    def _create_endpoint(self, call: Call) -> StoredObject:
        for name in ("url", "enabled_events"):
            if not call.wanted.get(name):
                raise required(name)
        fields = {
            # Null where none was asked for (docs.stripe.com/api/webhook_endpoints/object): the account's own then.
            "api_version": call.wanted.get("api_version"),
            "description": call.wanted.get("description"),
            "enabled_events": _event_types(call.wanted["enabled_events"]),
            "metadata": call.wanted.get("metadata", {}),
            "livemode": call.live,
            "status": "enabled",
            "url": _public_url(call.wanted["url"]),
        }
        return self._ledger.new("webhook_endpoint", "we", {**fields, "secret": new_id("whsec")})

    def _list_endpoints(self, call: Call) -> StoredObject:
        endpoints = self._ledger.newest_first("webhook_endpoint")
        found = [_without_secret(each) for each in endpoints if each["livemode"] == call.live]
        return page(found, call.wanted, "/v1/webhook_endpoints")

    def _endpoint(self, call: Call) -> StoredObject:
        return _without_secret(self._own_endpoint(call))

    def _own_endpoint(self, call: Call) -> StoredObject:
        """Return an endpoint of the key's own mode; one of the other does not exist for it."""
        endpoint = self._ledger.need("webhook_endpoint", call.path["id"])
        if endpoint["livemode"] != call.live:
            raise missing("webhook endpoint", endpoint["id"])
        return endpoint

    def _update_endpoint(self, call: Call) -> StoredObject:
        endpoint = self._own_endpoint(call)
        wanted = dict(call.wanted)
        if "url" in wanted:
            endpoint["url"] = _public_url(wanted["url"])
        if "enabled_events" in wanted:
            endpoint["enabled_events"] = _event_types(wanted["enabled_events"])
        if "disabled" in wanted:
            endpoint["status"] = "disabled" if boolean(wanted["disabled"], "disabled") else "enabled"
        endpoint["metadata"] = merged(endpoint["metadata"], wanted.get("metadata"))
        endpoint["description"] = wanted.get("description", endpoint["description"])
        self._ledger.save(endpoint)
        return _without_secret(endpoint)

    def _delete_endpoint(self, call: Call) -> StoredObject:
        endpoint = self._own_endpoint(call)
        self._ledger.remove("webhook_endpoint", endpoint["id"])
        return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}


def merged(metadata: Mapping[str, Any], changes: Any) -> StoredObject:
    """Return metadata after an update: an empty value removes its key, an empty text all of them."""
    if changes == "":
        return {}
    return {key: value for key, value in {**metadata, **(changes or {})}.items() if value != ""}


def _without_secret(endpoint: StoredObject) -> StoredObject:
    """Return an endpoint as every call but its creation shows it."""
    return {key: value for key, value in endpoint.items() if key != "secret"}


def _event_types(wanted: Any) -> list[str]:
    if not (isinstance(wanted, list) and all(isinstance(each, str) and each for each in wanted)):
        raise StripeError(400, "Invalid array", param="enabled_events")
    return wanted


def _public_url(url: Any) -> str:
    parts = urlsplit(str(url))
    is_test_server = parts.scheme == "http" and parts.hostname == "127.0.0.1"  # what a test of ours may listen on
    if not (parts.scheme == "https" and parts.hostname) and not is_test_server:
        raise StripeError(400, "Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
    return str(url)
