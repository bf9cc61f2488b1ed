"""The drill: injure, let the world's time pass until the alerts open, heal, and wait until all have closed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from flows.drill import injuries
from flows.drill.injuries import Drilled
from flows.drill.judging import Outcome, Seen, judge
from flows.drill.kept import used_again
from flows.drill.table import AFTERWARDS, BLOCKED, DEAD, FAILED, GIVEN_UP, INJURIES, OVER_A_DAY, TOGETHER, Injury
from flows.drill.watching import Watching, of_alert
from monitors import counting
from monitors.alerts import Alert

Tell = Callable[[str], None]
LONGEST = 45  # minutes of the world's time that an alert may take to open
CALM, LATER = 45, 60  # minutes after the last healing until nearly all have closed, and that are skipped for the rest
ENOUGH = 200  # deliveries of which three are 1.5 %, the fewest failures that count
BATCH = 30  # deliveries that are sent at a time to outnumber those that failed
MOST_BATCHES = 40
NEARLY_A_DAY = 18 * 60 + 5  # minutes after which a previous secret that is used again is noticed
PAST = 6 * 60 + 10  # minutes after which it has not been used lately
ENDED = counting.DELIVERIES.series.counted(1_440)


@dataclass(frozen=True)
class Result:
    """What came of every injury; `seconds` is the wall time of the whole drill, `minutes` what passed in the world."""

    outcomes: Sequence[Outcome]
    seconds: float
    minutes: int

    @property
    def is_well(self) -> bool:
        """Whether there are injuries and each ended well."""
        return bool(self.outcomes) and all(outcome.is_well for outcome in self.outcomes)

    def __str__(self) -> str:
        good = sum(outcome.is_well for outcome in self.outcomes)
        return (
            f"{'PASS' if self.is_well else 'FAIL'} drill: {good} of {len(self.outcomes)} injuries raised their alert, "
            f"told it once and closed; {self.minutes} minutes of the world's time in {self.seconds:.0f} s"
        )


class OpenAlready(Exception):  # noqa: N818 - a state of the stack
    """An alert of the drill is open before anything was injured."""


@dataclass
class Drill:
    """One drill on one rehearsal; `address` is the channel that everything has to reach."""

    drilled: Drilled
    watching: Watching
    alerts: Mapping[str, Alert]
    address: str
    tell: Tell
    minutes: int = 0
    opened: dict[str, int] = field(default_factory=dict)

    def play(self) -> Result:
        """Play all injuries. Raises OpenAlready, TimeoutError, and httpx.HTTPError when something does not answer."""
        begun = time.monotonic()
        with injuries.quiet_nights(self.drilled):
            self._calm_before()
            mark, known = self.watching.mark(), {each.id for each in self.watching.incidents()}
            self._over_a_day(known)
            self._together(TOGETHER, known)
            self._together(AFTERWARDS, known)
            self._together((DEAD,), known)
            self._outnumbered(FAILED, known)
            self._outnumbered(BLOCKED, known)
            self._calm_after(known)
        seen = Seen([each for each in self.watching.incidents() if each.id not in known], self.watching.mails(mark))
        return Result(self._judged(seen), time.monotonic() - begun, self.minutes)

    def _judged(self, seen: Seen) -> list[Outcome]:
        return [self._outcome(injury, seen) for injury in INJURIES]

    def _outcome(self, injury: Injury, seen: Seen) -> Outcome:
        """Judge an injury. Of an alert that two raise in turn, each has the incident and the mails of its turn."""
        alert, turn = self.alerts[injury.alert], [each for each in (FAILED, BLOCKED) if each.alert == injury.alert]
        if injury in turn:
            seen = _turn(seen, alert.title, turn.index(injury), len(turn))
        return judge(injury.name, alert, injury.labels, self.address, seen, self.opened.get(injury.name))

    def _calm_before(self) -> None:
        """Have every counter exist, from nothing on, and refuse where something burns already.

        Shares are of a day's deliveries: those of a drill before would have to be outnumbered, too.
        """
        self.watching.begin_anew()
        self.watching.skip(LATER)  # what a line of the log raised before is over by then
        self.drilled.deliver_well(BATCH // 2)
        self.drilled.sweep("hour")
        self._pass(2)
        titles = {self.alerts[injury.alert].title for injury in INJURIES}
        burning = sorted({each.title for each in self.watching.incidents() if each.is_open} & titles)
        if burning:
            raise OpenAlready(f"open already: {'; '.join(burning)}")

    def _over_a_day(self, known: set[str]) -> None:
        """Play what has to go on for most of a day: hours in which nothing happens are skipped."""
        begun = self.minutes
        with ExitStack() as stack:
            self._injure(OVER_A_DAY, stack)
            self._pass(1)
            used_again(self.drilled)  # a counter that begins has not grown
            self._pass(1)
            self._skip(NEARLY_A_DAY)
            self._until_open(OVER_A_DAY, known, begun)
        self._skip(PAST)
        self._pass(1)

    def _outnumbered(self, injury: Injury, known: set[str]) -> None:
        """Play an injury to a share of the day's deliveries; it is over as soon as enough good ones have come since."""
        begun = self.minutes
        if injury is FAILED:
            self._first_failure(known)
        else:
            self.drilled.failing = round(0.012 * self.watching.value(ENDED))
        with injury.make(self.drilled):
            self._await(injury, known, begun)
        for _ in range(MOST_BATCHES):
            if self.alerts[injury.alert].title not in self._open(known):
                return
            self.drilled.deliver_well(BATCH)
            self._pass(2)

    def _first_failure(self, known: set[str]) -> None:
        """Have one given up, so that its counter exists, and as many good ones that the fewest that count are 1.5 %."""
        self.drilled.failing = 1
        with injuries.given_up(self.drilled):
            self._pass(1)
        self._note([GIVEN_UP], known, self.minutes - 1)
        self.drilled.deliver_well(max(0, ENOUGH - round(self.watching.value(ENDED))))
        self._pass(1)
        self.drilled.failing = max(3, round(0.015 * self.watching.value(ENDED)))

    def _together(self, several: Sequence[Injury], known: set[str]) -> None:
        begun = self.minutes
        with ExitStack() as stack:
            self._injure(several, stack)
            self._until_open(several, known, begun)
        self.drilled.settled(self.drilled.ids)
        self.drilled.ids.clear()

    def _injure(self, several: Sequence[Injury], stack: ExitStack) -> None:
        """Make several injuries, which `stack` heals."""
        for injury in several:
            stack.enter_context(injury.make(self.drilled))
            self.tell(f"{injury.name}: waiting for {injury.alert}")

    def _until_open(self, several: Sequence[Injury], known: set[str], begun: int) -> None:
        """Go on minute by minute until the alerts of all of them are open, or for as long as one may take."""
        for _ in range(LONGEST):
            waiting = [each for each in several if each.name not in self.opened]
            if not waiting:
                return
            for injury in waiting:
                injury.each_minute(self.drilled)
            self._pass(1)
            self._note(waiting, known, begun)

    def _await(self, injury: Injury, known: set[str], begun: int) -> None:
        self.tell(f"{injury.name}: waiting for {injury.alert}")
        for _ in range(LONGEST):
            if injury.name in self.opened:
                return
            self._pass(1)
            self._note([injury], known, begun)

    def _note(self, waiting: Sequence[Injury], known: set[str], begun: int) -> None:
        fresh = [each for each in self.watching.incidents() if each.id not in known and each.is_open]
        for injury in waiting:
            if of_alert(fresh, self.alerts[injury.alert].title, injury.labels):
                self.opened[injury.name] = self.minutes - begun
                self.tell(f"{injury.name}: {injury.alert} is open")

    def _open(self, known: set[str]) -> list[str]:
        titles = {self.alerts[injury.alert].title for injury in INJURIES}
        fresh = [each for each in self.watching.incidents() if each.id not in known]
        return [each.title for each in fresh if each.is_open and each.title in titles]

    def _calm_after(self, known: set[str]) -> None:
        """Wait until every alert has closed; what looks back for longest is given an hour in which nothing happens."""
        self.tell("waiting until every alert has closed")
        for skipped in (0, LATER):
            if skipped and self._open(known):
                self._skip(skipped)
            for _ in range(0, CALM, 5):
                if not self._open(known):
                    return
                self._pass(5)

    def _skip(self, minutes: int) -> None:
        self.watching.skip(minutes)
        self.minutes += minutes

    def _pass(self, minutes: int) -> None:
        self.watching.advance(minutes)
        self.minutes += minutes


def _turn(seen: Seen, title: str, number: int, turns: int) -> Seen:
    """Return what was seen in one of several turns of an alert: incidents and mails come in the order of the turns."""
    incidents = list(reversed(of_alert(seen.incidents, title, {})))
    opened = [mail for mail in seen.mails if mail.subject.startswith("[ALERT") and mail.subject.endswith(title)]
    closed = [mail for mail in seen.mails if mail.subject == f"[RESOLVED] {title}"]
    last = number == turns - 1
    return Seen(
        [each for found in (incidents,) for each in (found[number:] if last else found[number : number + 1])],
        [mail for found in (opened, closed) for mail in (found[number:] if last else found[number : number + 1])],
    )
