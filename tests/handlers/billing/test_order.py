"""Whatever order, repetition or overtaking events suffer on their way: billing ends as the provider's truth."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass

import pytest

from handlers.billing.payments import Payments
from handlers.billing.plans import Price
from handlers.billing.stripe_events import Subscription
from handlers.failures import NotYet, Unavailable
from handlers.work import inbox, users
from handlers.work.inbox import Event, EventState
from handlers.work.worker import Worker

CUSTOMER, USER = "cus_1", "u1"
MOST = 6


@dataclass(frozen=True)
class Step:
    """Something happens at Stripe: the subscription is then as `truth` says, and an event tells of it."""

    kind: str
    truth: Subscription

    def event(self, number: int) -> Event:
        thing = {"id": self.truth.id, "customer": CUSTOMER, "status": self.truth.status}
        if self.kind == "checkout.session.completed":
            thing = {"customer": CUSTOMER, "client_reference_id": USER, "subscription": self.truth.id}
        if self.kind.startswith("invoice."):
            details = {"subscription": self.truth.id, "metadata": {}}
            thing = {"customer": CUSTOMER, "parent": {"subscription_details": details}}
        # Stripe's clock has seconds: all events of a moment look equally old, and say nothing about their order.
        body = {
            "id": f"evt_{number}",
            "type": self.kind,
            "created": 1_700_000_000,
            "livemode": True,
            "data": {"object": thing},
        }
        return Event(f"evt_{number}", "stripe", self.kind, json.dumps(body), f"correlation-{number}")


def at(status: str, plan: str = "pro", id_: str = "sub_1") -> Subscription:
    return Subscription(id_, CUSTOMER, status, (Price(f"price_{plan}", plan),), 2_000)


LIFE = (
    Step("checkout.session.completed", at("active")),
    Step("customer.subscription.created", at("active")),
    Step("invoice.payment_failed", at("past_due")),
    Step("invoice.paid", at("active")),
    Step("customer.subscription.updated", at("active", "team")),
    Step("customer.subscription.deleted", at("canceled", "team")),
)


class Life:
    """One user's life at Stripe and at ours: a worker over real decisions, and the provider's truth."""

    def __init__(self, documents, queue, provider, accounts, terms, clock, log) -> None:
        self.provider = provider
        payments = Payments(documents, provider, accounts, terms, clock)
        self.worker = Worker(documents, queue, payments.prepare, {}, clock, log)
        self.waiting: list[str] = []

    def happen(self, number: int, step: Step) -> None:
        """Let it happen, and the event be accepted; when it is delivered is another matter."""
        self.provider.truth[CUSTOMER] = [step.truth]
        event = step.event(number)
        inbox.store(self.worker.documents, event, EventState.RECEIVED, self.worker.clock())
        self.waiting.append(event.id)

    def deliver(self, event_id: str) -> None:
        """Deliver once, as Cloud Tasks does; what is not done stays in the queue."""
        try:
            done = self.worker.process(event_id).is_final
        except (NotYet, Unavailable):
            done = False
        if done and event_id in self.waiting:
            self.waiting.remove(event_id)

    def drain(self) -> None:
        for _ in range(20):
            for event_id in list(self.waiting):
                self.deliver(event_id)
        assert self.waiting == []

    @property
    def billing(self) -> tuple[str, str, str]:
        block = users.parse(USER, self.worker.documents.kept[f"users/{USER}"]).billing
        return block.status, block.plan, block.subscription_id


def promised(truth: Subscription) -> tuple[str, str, str]:
    """What the last truth entitles to; a failed payment keeps the plan, for its grace period has only begun."""
    entitled = truth.status in {"active", "trialing", "past_due"}
    return truth.status, truth.prices[0].lookup_key if entitled else "free", truth.id


@pytest.fixture
def live(new_documents, new_queue, new_stripe, accounts, terms, clock, log, lines):
    def make() -> Life:
        lines.seek(0)
        lines.truncate()
        return Life(new_documents(), new_queue(), new_stripe(), accounts, terms, clock, log)

    return make


@pytest.mark.parametrize("length", [*range(1, MOST), pytest.param(MOST, marks=pytest.mark.long)])
def test_every_permutation_ends_as_the_providers_truth(live, length, verdict):
    for order in itertools.permutations(range(length)):
        life = live()
        for number, step in enumerate(LIFE[:length]):
            life.happen(number, step)
        for number in order:
            life.deliver(f"evt_{number}")
        life.drain()
        assert life.billing == promised(LIFE[length - 1].truth), order
    if length == MOST:
        verdict(f"PASS order: all permutations of {MOST} events ended as the provider's truth")


def shuffled(live, seed: int) -> None:
    """Events come late, early, twice and again, while things go on happening; every look may be out of date."""
    choice, life = random.Random(seed), live()
    steps = [LIFE[0], *choice.choices(LIFE[1:-1], k=choice.randint(1, 4))]
    steps += [LIFE[-1]] if choice.random() < 0.5 else []
    happened: list[str] = []
    look = life.provider.subscriptions

    def overtaken(customer):
        """Between the look and its commit another event may be processed as a whole."""
        seen = look(customer)
        life.worker.clock.move(seconds=choice.choice([0, 0.5, 7]))
        if happened and choice.random() < 0.3:
            life.provider.subscriptions = look
            life.deliver(choice.choice(happened))
            life.provider.subscriptions = overtaken
        return seen

    life.provider.subscriptions = overtaken
    for number, step in enumerate(steps):
        life.happen(number, step)
        happened.append(f"evt_{number}")
        life.worker.clock.move(seconds=choice.choice([0, 0.5, 7, 40]))
        for _ in range(choice.randint(0, 3)):
            life.deliver(choice.choice(happened))
    for event_id in choice.sample(happened * 2, 2 * len(happened)):
        life.deliver(event_id)
    life.provider.subscriptions = look
    life.drain()
    assert life.billing == promised(steps[-1].truth), f"seed {seed}"


def test_random_shuffles_end_as_the_providers_truth(live):
    for seed in range(300):
        shuffled(live, seed)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_ten_thousand_random_shuffles_end_as_the_providers_truth(live, verdict):
    for seed in range(10_000):
        shuffled(live, seed)
    verdict("PASS order: 10000 shuffles ended as the provider's truth")


def test_without_the_providers_truth_no_order_of_events_grants_anything(live):
    """Events are hints: where Stripe cannot confirm them, nothing is decided by them, and they wait."""
    for order in itertools.permutations(range(4)):
        life = live()
        for number, step in enumerate(LIFE[:4]):
            life.happen(number, step)
        life.provider.truth.clear()
        for number in order:
            life.deliver(f"evt_{number}")
        assert f"users/{USER}" not in life.worker.documents.kept
        assert len(life.waiting) == 4
