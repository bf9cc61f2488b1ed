"""What Stripe's objects hold beside what the stand-in knows of them, so that typed clients can read them.

The fields of API version 2025-03-31 (github.com/stripe/openapi, `openapi/fixtures3.json` of 2025-03-25): each is there
with the value that it has where nobody uses what it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Fields = dict[str, Any]
Shape = Callable[[Mapping[str, Any]], Fields]
SHOWN = 10  # objects of a list within another object, as of a list that names no limit


def complete(kind: str, thing: Mapping[str, Any]) -> Fields:
    """Return an object with every field that Stripe's has; what it has itself counts."""
    shape = _SHAPES.get(kind)
    return {**shape(thing), **thing} if shape else dict(thing)


def embedded(thing: Mapping[str, Any]) -> Fields:
    """Return an object as Stripe shows it: of a subscription's items the first ten, and whether there are more.

    The others are listed by docs.stripe.com/api/subscription_items/list.
    """
    if thing.get("object") != "subscription":
        return dict(thing)
    items = thing["items"]
    return {**thing, "items": {**items, "data": items["data"][:SHOWN], "has_more": len(items["data"]) > SHOWN}}


def _none(names: str) -> Fields:
    return dict.fromkeys(names.split())


def _customer(_: Mapping[str, Any]) -> Fields:
    settings = _none("custom_fields default_payment_method footer rendering_options")
    return {
        **_none("address currency default_source description discount email name phone shipping test_clock"),
        "balance": 0,
        "delinquent": False,
        "invoice_prefix": "REHEARSAL",
        "invoice_settings": settings,
        "metadata": {},
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "tax_exempt": "none",
    }


def _product(thing: Mapping[str, Any]) -> Fields:
    return {
        **_none("default_price description package_dimensions shippable statement_descriptor tax_code unit_label url"),
        "active": True,
        "images": [],
        "marketing_features": [],
        "metadata": {},
        "type": "service",
        "updated": thing.get("created"),
    }


def _price(thing: Mapping[str, Any]) -> Fields:
    amount = thing.get("unit_amount")
    return {
        **_none("custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity"),
        "active": True,
        "billing_scheme": "per_unit",
        "metadata": {},
        "tax_behavior": "unspecified",
        "unit_amount_decimal": None if amount is None else str(amount),
    }


def _recurring(price: Mapping[str, Any]) -> Mapping[str, Any]:
    return price.get("recurring") or {}


def _plan(price: Mapping[str, Any]) -> Fields:
    """Return the older form of a recurring price, which items of subscriptions still carry."""
    same = ("active", "billing_scheme", "created", "currency", "id", "livemode", "metadata", "nickname", "product")
    amount = price.get("unit_amount")
    return {
        **_none("meter tiers_mode transform_usage trial_period_days"),
        **{name: price.get(name) for name in same},
        "object": "plan",
        "amount": amount,
        "amount_decimal": None if amount is None else str(amount),
        "interval": _recurring(price).get("interval", "month"),
        "interval_count": int(_recurring(price).get("interval_count", 1)),
        "usage_type": "licensed",
    }


def _item(thing: Mapping[str, Any]) -> Fields:
    return {
        "billing_thresholds": None,
        "created": thing.get("current_period_start"),
        "discounts": [],
        "metadata": {},
        "plan": _plan(thing["price"]),
        "tax_rates": [],
    }


def _subscription(thing: Mapping[str, Any]) -> Fields:
    items = thing.get("items", {}).get("data", [])
    return {
        **_none("application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at"),
        **_none("canceled_at days_until_due default_payment_method default_source description ended_at"),
        **_none("latest_invoice next_pending_invoice_item_invoice on_behalf_of pause_collection pending_setup_intent"),
        **_none("pending_invoice_item_interval pending_update schedule test_clock transfer_data trial_end"),
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": thing.get("created"),
        "cancellation_details": _none("comment feedback reason"),
        "currency": items[0]["price"]["currency"] if items else "usd",
        "default_tax_rates": [],
        "discounts": [],
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "payment_settings": {
            **_none("payment_method_options payment_method_types"),
            "save_default_payment_method": "off",
        },
        "start_date": thing.get("created"),
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": thing.get("created") if thing.get("trial_end") else None,
    }


def _invoice(thing: Mapping[str, Any]) -> Fields:
    due, paid, at = thing.get("amount_due", 0), thing.get("amount_paid", 0), thing.get("created")
    is_paid = thing.get("status") == "paid"
    moments = _none("marked_uncollectible_at voided_at")
    totals = ("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax")
    lines = {"object": "list", "data": [], "has_more": False, "url": f"/v1/invoices/{thing.get('id')}/lines"}
    return {
        **_none(
            "account_name account_tax_ids application automatically_finalizes_at confirmation_secret custom_fields"
        ),
        **_none(
            "customer_address customer_email customer_name customer_phone customer_shipping default_payment_method"
        ),
        **_none("default_source description due_date footer from_invoice hosted_invoice_url invoice_pdf number parent"),
        **_none("last_finalization_error latest_revision next_payment_attempt on_behalf_of receipt_number rendering"),
        **_none("shipping_cost shipping_details statement_descriptor test_clock webhooks_delivered_at"),
        **_none("total_pretax_credit_amounts total_taxes"),
        **dict.fromkeys(("amount_overpaid", "amount_shipping", "starting_balance"), 0),
        **dict.fromkeys(("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount"), 0),
        **dict.fromkeys(totals, due),
        **dict.fromkeys(("effective_at", "period_end", "period_start"), at),
        "account_country": "DE",
        "amount_remaining": due - paid,
        "attempted": True,
        "auto_advance": not is_paid,
        "automatic_tax": {**_none("disabled_reason liability provider status"), "enabled": False},
        "billing_reason": "subscription_cycle",
        "collection_method": "charge_automatically",
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "ending_balance": 0,
        "issuer": {"type": "self"},
        "lines": lines,
        "metadata": {},
        "payment_settings": _none("default_mandate payment_method_options payment_method_types"),
        "status_transitions": {**moments, "finalized_at": at, "paid_at": at if is_paid else None},
        "total_discount_amounts": [],
    }


def _session(thing: Mapping[str, Any]) -> Fields:
    messages = _none("after_submit shipping_address submit terms_of_service_acceptance")
    return {
        **_none("adaptive_pricing after_expiration allow_promotion_codes amount_subtotal amount_total cancel_url"),
        **_none("billing_address_collection client_secret collected_information consent consent_collection currency"),
        **_none("currency_conversion customer_details discounts invoice invoice_creation locale payment_link"),
        **_none("payment_method_collection payment_method_configuration_details permissions recovered_from"),
        **_none("saved_payment_method_options setup_intent shipping_address_collection shipping_cost submit_type"),
        **_none("total_details"),
        "automatic_tax": {**_none("liability provider status"), "enabled": False},
        "custom_fields": [],
        "custom_text": messages,
        "expires_at": thing.get("created", 0) + 86_400,  # docs.stripe.com/api/checkout/sessions: a day, unless said
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "ui_mode": "hosted",
    }


def _charge(thing: Mapping[str, Any]) -> Fields:
    address = _none("city country line1 line2 postal_code state")
    refunds = {"object": "list", "data": [], "has_more": False, "url": f"/v1/charges/{thing.get('id')}/refunds"}
    return {
        **_none("application application_fee application_fee_amount balance_transaction customer description"),
        **_none("calculated_statement_descriptor failure_balance_transaction failure_code failure_message outcome"),
        **_none("on_behalf_of payment_intent payment_method payment_method_details receipt_email receipt_number"),
        **_none("receipt_url review shipping source source_transfer statement_descriptor statement_descriptor_suffix"),
        **_none("transfer_data transfer_group"),
        "amount_captured": thing.get("amount", 0),
        "billing_details": {**_none("email name phone tax_id"), "address": address},
        "captured": True,
        "fraud_details": {},
        "metadata": {},
        "refunds": refunds,
    }


def _refund(_: Mapping[str, Any]) -> Fields:
    nothing = "balance_transaction reason receipt_number source_transfer_reversal transfer_reversal"
    return {**_none(nothing), "destination_details": {"card": {"type": "reversal"}, "type": "card"}, "metadata": {}}


def _dispute(thing: Mapping[str, Any]) -> Fields:
    week = thing.get("created", 0) + 7 * 86_400
    return {
        "balance_transactions": [],
        "enhanced_eligibility_types": [],
        "evidence": {**_none(_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": week,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "metadata": {},
        "payment_method_details": None,
    }


_EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
    "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
    "uncategorized_file uncategorized_text"
)


def _invoice_payment(thing: Mapping[str, Any]) -> Fields:
    at = thing.get("created")
    return {
        "amount_paid": None,
        "amount_requested": 0,
        "currency": "usd",
        "is_default": True,
        "status_transitions": {"canceled_at": None, "paid_at": at if thing.get("status") == "paid" else None},
    }


_SHAPES: Mapping[str, Shape] = {
    "charge": _charge,
    "checkout.session": _session,
    "customer": _customer,
    "dispute": _dispute,
    "invoice": _invoice,
    "invoice_payment": _invoice_payment,
    "price": _price,
    "product": _product,
    "refund": _refund,
    "subscription": _subscription,
    "subscription_item": _item,
    "webhook_endpoint": lambda _: {"application": None},
}
