"""The user record as it is stored."""

from __future__ import annotations

from handlers.work import users
from handlers.work.users import Billing, User


def test_a_user_comes_back_as_it_was_stored():
    billing = Billing("pro", "active", "sub_1", 3, 5, "evt_1", "pro")
    fields = {
        "email": "ada@acme.test",
        "name": "Ada",
        "signedUpAt": "2026-11-23",
        "crmContactId": "7",
        "stripeCustomerIds": ["cus_1"],
        "billing": billing.fields(),
    }
    assert users.parse("u1", fields) == User("u1", True, True, "ada@acme.test", "Ada", "7", ("cus_1",), billing=billing)


def test_a_user_who_is_not_kept_is_on_the_free_plan():
    assert users.parse("u1", None) == User("u1")
    assert users.parse("u1", {}) == User("u1")


def test_a_support_thread_that_comes_before_the_signup_is_no_billing():
    assert not users.parse("u1", {"supportThreadId": "7"}).has_billing


def test_the_crm_is_not_told_what_we_do_not_know():
    assert users.crm_properties(User("u1")) == {"launch_plan": "free", "launch_billing_status": "none"}
