"""HubSpot's rules for contacts: which properties exist, which are unique, and what an upsert does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localcloud.base.world import World
from localcloud.saas.object_store import ObjectStore, StoredObject

MAX_BATCH = 100
# What every account has from the start and an integration or a test may name; the real ones have hundreds.
BUILT_IN = ("email", "firstname", "lastname", "phone", "company", "website", "lifecyclestage", "hs_lead_status")
UNKNOWN, UNWRITABLE = "PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"  # codes of refusals
READ_ONLY = ("hs_object_id", "createdate", "lastmodifieddate")
DEFAULT_PROPERTIES = ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname")
PROPERTY_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
PROPERTY_FIELDS = ("name", "label", "type", "fieldType", "groupName")


class CrmError(Exception):
    """A refusal in HubSpot's shape."""

    def __init__(self, status: int, category: str, message: str, errors: Sequence[StoredObject] = ()) -> None:
        super().__init__(message)
        self.errors = list(errors)
        self.status = status
        self.category = category
        self.message = message


def not_done(said: str) -> CrmError:
    """Return the refusal of what only the real HubSpot does; `said` goes on after "The rehearsal's"."""
    return CrmError(501, "NOT_IN_THE_REHEARSAL", f"The rehearsal's {said}.")


@dataclass(frozen=True)
class Moment:
    """One point in time: seconds since the epoch, and as HubSpot writes it."""

    at: float
    text: str


class Contacts:
    """The contacts of one account. Call everything inside one transaction of the world."""

    def __init__(self, world: World) -> None:
        self._shelf = ObjectStore(world, "crm")

    def all(self) -> list[StoredObject]:
        """Return all contacts, the oldest first."""
        return self._shelf.all("contact")

    def find(self, id_property: str, value: str) -> StoredObject | None:
        """Return the contact with that value of a unique property, or None; raises CrmError for any other property."""
        if id_property == "hs_object_id":
            return self._shelf.get("contact", value)
        if id_property not in self._unique():
            message = f"Property {id_property} is not a unique property of contacts; hasUniqueValue must be true"
            raise CrmError(400, "VALIDATION_ERROR", message)
        holder = self._shelf.get(_index(id_property), _kept(id_property, value))
        return self._shelf.get("contact", holder["id"]) if holder else None

    def create(self, properties: Mapping[str, Any], now: Moment, *, has_rules: bool = False) -> StoredObject:
        """Create a contact; with `has_rules` by the account's own rules, as dated paths have it."""
        self._check_properties(properties)
        if has_rules:
            self._check_required(properties)
        self._check_unique(properties, None)
        return self._store({"id": str(100 + self._shelf.next_number("contact"))}, properties, now)

    def update(self, contact: StoredObject, properties: Mapping[str, Any], now: Moment) -> StoredObject:
        """Change some properties of a contact."""
        self._check_properties(properties)
        self._check_unique(properties, contact["id"])
        return self._store(contact, properties, now)

    def archive(self, id_: str) -> None:
        """Archive a contact; archiving one that is not there succeeds too, as it does at HubSpot."""
        contact = self._shelf.get("contact", id_)
        if contact:
            self._reindex(contact, {}, id_)
            self._shelf.remove("contact", id_)

    def upsert(
        self, inputs: Any, now: Moment, *, has_rules: bool = False
    ) -> tuple[list[StoredObject], list[StoredObject]]:
        """Return the contacts that were created or updated, and an error for each that conflicts with another one.

        Raises CrmError for the whole batch when any of it has not the right form.
        """
        checked = self._checked(inputs)
        results: list[StoredObject] = []
        errors: list[StoredObject] = []
        for each in checked:
            try:
                results.append(self._upsert(each, now, has_rules=has_rules))
            except CrmError as error:
                if error.category != "CONFLICT":
                    raise
                context = {"ids": [each["id"]]}
                errors.append(
                    {"status": "error", "category": error.category, "message": error.message, "context": context}
                )
        return results, errors

    def _upsert(self, each: Mapping[str, Any], now: Moment, *, has_rules: bool) -> StoredObject:
        properties = {**each["properties"], each["idProperty"]: each["id"]}
        known = self.find(each["idProperty"], each["id"])
        contact = self.update(known, properties, now) if known else self.create(properties, now, has_rules=has_rules)
        return {**without_clock(contact), "new": known is None}

    def _checked(self, inputs: Any) -> list[Mapping[str, Any]]:
        if not (isinstance(inputs, list) and 1 <= len(inputs) <= MAX_BATCH):
            raise CrmError(400, "VALIDATION_ERROR", f"inputs must be a list of 1 to {MAX_BATCH} contacts")
        for each in inputs:
            shaped = isinstance(each, dict) and isinstance(each.get("properties"), dict)
            if not (shaped and isinstance(each.get("id"), str) and each["id"]):
                raise CrmError(400, "VALIDATION_ERROR", "Invalid input JSON: every input needs id and properties")
            self.find(str(each.get("idProperty")), each["id"])
            self._check_properties(each["properties"])
        if len({(each["idProperty"], _kept(each["idProperty"], each["id"])) for each in inputs}) < len(inputs):
            raise CrmError(400, "VALIDATION_ERROR", "Duplicate IDs found in batch input")
        return inputs

    # Properties

    def require(self, names: Sequence[str]) -> None:
        """Have an admin require these properties of every new contact."""
        self._shelf.put("rule", "required", {"names": list(names)})

    def _check_required(self, properties: Mapping[str, Any]) -> None:
        required = (self._shelf.get("rule", "required") or {"names": []})["names"]
        missing = [name for name in required if not properties.get(name)]
        if missing:
            errors = [
                {
                    "message": f"Required property '{name}' is missing",
                    "code": "MISSING_REQUIRED_PROPERTY",
                    "context": {"propertyName": [name]},
                }
                for name in missing
            ]
            raise CrmError(400, "VALIDATION_ERROR", "Some required properties were not set.", errors)

    def properties(self) -> list[StoredObject]:
        """Return all properties, the built-in ones first."""
        built_in = [_built_in(name) for name in (*BUILT_IN, *READ_ONLY)]
        return [*built_in, *self._shelf.all("property")]

    def create_property(self, wanted: Mapping[str, Any], now: Moment) -> StoredObject:
        """Create a property of contacts."""
        missing = [name for name in PROPERTY_FIELDS if not wanted.get(name)]
        if missing:
            raise CrmError(400, "VALIDATION_ERROR", f"Invalid input JSON: required fields {missing} are not set")
        if not PROPERTY_NAME.fullmatch(str(wanted["name"])):
            message = "Property names must start with a letter and hold lower-case letters, digits and underscores only"
            raise CrmError(400, "VALIDATION_ERROR", message)
        if any(each["name"] == wanted["name"] for each in self.properties()):
            raise CrmError(409, "OBJECT_ALREADY_EXISTS", f"A property named '{wanted['name']}' already exists.")
        made = {
            "description": "",
            "options": [],
            "hasUniqueValue": False,
            **wanted,
            "createdAt": now.text,
            "updatedAt": now.text,
            "archived": False,
        }
        self._shelf.put("property", str(wanted["name"]), made)
        return made

    def _unique(self) -> set[str]:
        return {"email", *(each["name"] for each in self._shelf.all("property") if each["hasUniqueValue"])}

    def _check_properties(self, properties: Mapping[str, Any]) -> None:
        known = {each["name"]: each for each in self.properties()}
        codes = {name: _fault(name, value, known) for name, value in properties.items()}
        wrong = [_invalid(name, code) for name, code in codes.items() if code]
        if wrong:
            raise CrmError(400, "VALIDATION_ERROR", f"Property values were not valid: {json.dumps(wrong)}")

    def _check_unique(self, properties: Mapping[str, Any], own_id: str | None) -> None:
        for name in self._unique() & set(properties):
            other = self.find(name, str(properties[name])) if properties[name] else None
            if other and other["id"] != own_id:
                raise CrmError(409, "CONFLICT", f"Contact already exists. Existing ID: {other['id']}")

    def _store(self, contact: StoredObject, properties: Mapping[str, Any], now: Moment) -> StoredObject:
        created = contact.get("createdAt", now.text)
        own = {"hs_object_id": contact["id"], "createdate": created, "lastmodifieddate": now.text}
        kept = {
            "id": contact["id"],
            "properties": {
                **contact.get("properties", {}),
                **{name: _kept(name, value) for name, value in properties.items()},
                **own,
            },
            "createdAt": created,
            "updatedAt": now.text,
            "archived": False,
            "at": now.at,
        }
        self._reindex(contact, kept["properties"], contact["id"])
        self._shelf.put("contact", contact["id"], kept)
        return kept

    def _reindex(self, before: StoredObject, after: Mapping[str, Any], id_: str) -> None:
        """Keep who holds which value of a unique property."""
        for name in self._unique():
            old, new = before.get("properties", {}).get(name), after.get(name)
            if old and old != new:
                self._shelf.remove(_index(name), str(old))
            if new:
                self._shelf.put(_index(name), str(new), {"id": id_})


def shown(contact: Mapping[str, Any], names: Iterable[str]) -> StoredObject:
    """Return a contact with the properties that are always shown, and those that are named."""
    wanted = {*DEFAULT_PROPERTIES, *names}
    properties = {name: value for name, value in contact["properties"].items() if name in wanted}
    return {**without_clock(contact), "properties": properties}


def without_clock(contact: Mapping[str, Any]) -> StoredObject:
    """Return a contact without what only the stand-in keeps of it."""
    return {name: value for name, value in contact.items() if name != "at"}


def _index(name: str) -> str:
    return f"contact by {name}"


def _kept(name: str, value: Any) -> Any:
    """Return a value as HubSpot keeps it: addresses in lower case, so that one contact has them in any."""
    return value.lower() if name == "email" and isinstance(value, str) else value


def _fault(name: str, value: Any, known: Mapping[str, StoredObject]) -> str:
    """Return HubSpot's code for what it refuses about a property or its value, empty for what it takes."""
    if name not in known:
        return UNKNOWN
    if name in READ_ONLY:
        return UNWRITABLE
    is_scalar = value is None or isinstance(value, (str, int, float, bool))
    if name == "email":
        return "" if is_scalar and _is_email(value) else "INVALID_EMAIL"
    return _mistyped(value, known[name]) if is_scalar else "INVALID_VALUE"


def _mistyped(value: Any, known: Mapping[str, Any]) -> str:
    """Return HubSpot's code for a value that the property's type does not take, empty for one that it does.

    https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide#property-types: an empty text clears any.
    """
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if value is None or text == "":
        return ""
    options = {str(each.get("value")) for each in known["options"] if isinstance(each, dict)}
    if known["type"] == "number" and not re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", text):
        return "INVALID_VALUE"
    if known["type"] == "bool" and text not in ("true", "false"):
        return "INVALID_OPTION"
    if known["type"] == "enumeration" and options and not set(text.split(";")) <= options:
        return "INVALID_OPTION"
    return ""


def _is_email(value: Any) -> bool:
    """Tell what HubSpot takes for an address: one whose domain ends in a known kind of name, so none of the inside."""
    return not value or re.fullmatch(r"[^@\s]+@([^@\s.]+\.)+[^@\s.\d]{2,}", str(value)) is not None


def _invalid(name: str, code: str) -> StoredObject:
    message = {
        UNKNOWN: f'Property "{name}" does not exist',
        UNWRITABLE: f'"{name}" is a read only property; its value cannot be set.',
    }.get(code, f'The value of property "{name}" is not valid')
    return {"isValid": False, "message": message, "error": code, "name": name}


def _built_in(name: str) -> StoredObject:
    return {
        "name": name,
        "label": name,
        "description": "",
        "options": [],
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
        "hasUniqueValue": name == "email",
        "archived": False,
    }
