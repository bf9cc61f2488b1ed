"""Does a round, a page at a time; its place is kept in Firestore, and Cloud Tasks has it go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.reconcile import Difference, differences
from handlers.rounds import plan
from handlers.rounds.pages import Outside, Page
from handlers.rounds.plan import STEPS, Round
from handlers.service_manifest import EVENTS, RECONCILE
from handlers.work.acceptor import Acceptor, new_correlation_id
from handlers.work.documents import Read, Write
from handlers.work.task_queue import Task

PLACE = "sweeps/round"
NIGHT = "night"
SLICE = 25.0  # seconds after which a request ends and the next one goes on; Cloud Tasks gives each 60
STALE = timedelta(minutes=15)  # after so long without a page a round was lost, and the next hour takes it up


@dataclass(frozen=True)
class Rounds:
    """The rounds of one stack; `monotonic` measures how long a request lasts. Every method raises Unavailable."""

    acceptor: Acceptor
    outside: Outside
    monotonic: Callable[[], float]

    def begin(self) -> Mapping[str, int]:
        """Begin tonight's round, or take one up that has not ended, and go on with it."""
        now = self.acceptor.clock()
        self._moved(lambda kept: plan.begun(kept, now))
        return self.go_on()

    def take_up(self) -> None:
        """Have a round that was lost on its way go on."""
        kept, now = self._kept(), self.acceptor.clock()
        if kept.step and kept.moved and now - kept.moved > STALE:
            self._send(kept, f"{now:%Y-%m-%dT%H}")

    def go_on(self) -> Mapping[str, int]:
        """Do pages until the time is up or the round has ended, and return what was found."""
        here, end = self._kept(), self.monotonic() + SLICE
        counts = Counter(differences=0, repairs_sent=0, forgotten_intents=0)
        while here.step:
            page = STEPS[here.step](self.outside, here.window, here.after)
            counts.update(self._told(here, page))
            moved = self._moved_from(here, page)
            if moved is None:  # another request is at the same round, and further
                return counts
            here = moved
            if here.step and self.monotonic() >= end:
                self._send(here, "")
                self.acceptor.log.info("goes on", sweep=NIGHT, outcome="unfinished", step=here.step, **counts)
                return counts
            if not here.step:
                walked = {f"walked_{name}": share for name, share in plan.progress(here).items()}
                self.acceptor.log.info("swept", sweep=NIGHT, outcome="done", **counts, **walked)
        return counts

    def _told(self, here: Round, page: Page) -> Mapping[str, int]:
        found = differences(page.observed, self.outside.terms, here.window.until) if page.observed else []
        counts = self._tell(here, [each for each in found if each.kind in page.kinds])
        return {**counts, "forgotten_intents": page.forgotten}

    def _tell(self, here: Round, found: list[Difference]) -> Mapping[str, int]:
        """Log what differs and send its repair; the event's id is of the round, so that each is sent once."""
        sent = 0
        for each in found:
            self.acceptor.log.warning(
                "differs", kind=each.kind, subject=each.subject, kept=each.kept, truth=each.truth, step=here.step
            )
            if each.repair:
                sent += self.acceptor.accept(each.repair.event, each.repair.service).is_new
        return {"differences": len(found), "repairs_sent": sent}

    def _kept(self) -> Round:
        return Round.parse(self.acceptor.documents.get(PLACE))

    def _moved_from(self, here: Round, page: Page) -> Round | None:
        now = self.acceptor.clock()
        return self._moved(lambda kept: plan.gone_on(kept, page, now) if kept.number == here.number else None)

    def _moved(self, move: Callable[[Round], Round | None]) -> Round | None:
        def work(read: Read) -> tuple[Round | None, list[Write]]:
            there = move(Round.parse(read(PLACE)))
            return there, [Write(PLACE, there.fields)] if there else []

        return self.acceptor.documents.transact(work)

    def _send(self, here: Round, again: str) -> None:
        name = f"round {here.number} of {_second(here.until)} {again}"
        self.acceptor.queue.send(Task(EVENTS, RECONCILE, "/sweeps/on", new_correlation_id(), again=name))


def _second(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}" if moment else ""
