"""Whether an injury raised its alert, told the right people once, and the alert ended: decided from what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flows.drill.watching import Incident, Labels, of_alert
from localcloud.saas.mailbox import Mail
from monitors.alerts import Alert, Logged

COMMAND = "./launch "
WORDS = ("none", "one")


@dataclass(frozen=True)
class Seen:
    """All that a drill saw: incidents that were not there before it, and the mails since then."""

    incidents: Sequence[Incident]
    mails: Sequence[Mail]


@dataclass(frozen=True)
class Outcome:
    """What came of one injury. `minutes` (of the world's time) passed until its alert opened, None if it never did."""

    injury: str
    alert: str
    minutes: int | None
    wrong: tuple[str, ...]

    @property
    def is_well(self) -> bool:
        """Whether everything is as it has to be."""
        return not self.wrong

    def __str__(self) -> str:
        after = "never opened" if self.minutes is None else f"opened after {self.minutes} min"
        end = "; ".join(self.wrong) if self.wrong else "told once, closed, told once"
        return f"{'✓' if self.is_well else '✗'} {self.injury}: {self.alert} {after}; {end}"


def judge(injury: str, alert: Alert, labels: Labels, address: str, seen: Seen, minutes: int | None) -> Outcome:
    """Return what came of an injury that has to raise `alert` for a series with these labels, once, to `address`.

    What a line of the log raises is closed without a mail, as Cloud Monitoring does (localcloud.monitoring.judging).
    """
    raised = of_alert(seen.incidents, alert.title, labels)
    opened, closed = _mails(seen.mails, alert, labels)
    wrong = [
        *(["it opened no incident"] if not raised else []),
        *([f"it opened {len(raised)} incidents"] if len(raised) > 1 else []),
        *(["it is still open"] if any(each.is_open for each in raised) else []),
        *_about_mails("opens", opened, address),
        *_about_mails("closes", closed, address, 0 if isinstance(alert.condition, Logged) else 1),
        *(problem for mail in opened for problem in unclear(mail, alert)),
    ]
    return Outcome(injury, alert.id, minutes, tuple(wrong))


def unclear(mail: Mail, alert: Alert) -> list[str]:
    """Return what is missing for a founder to understand the mail: what is noticed comes first, then what to do."""
    return [
        *([] if mail.text.startswith(alert.message) else ["the mail does not begin with what a founder notices"]),
        *([] if alert.wakes.value in mail.text else ["the mail does not say whom it wakes"]),
        *([] if COMMAND in mail.text else ["the mail holds no command to paste"]),
        *(["the mail leaves the stack's name open"] if "--stack STACK" in mail.text else []),
    ]


def _mails(mails: Sequence[Mail], alert: Alert, labels: Mapping[str, str]) -> tuple[list[Mail], list[Mail]]:
    about = [
        mail
        for mail in mails
        if mail.subject.endswith(f"] {alert.title}")
        and all(f"{name}: {value}" in mail.text for name, value in labels.items())
    ]
    opened = [mail for mail in about if mail.subject.startswith("[ALERT")]
    return opened, [mail for mail in about if mail.subject.startswith("[RESOLVED]")]


def _about_mails(when: str, mails: Sequence[Mail], address: str, wanted: int = 1) -> list[str]:
    astray = sorted({mail.to for mail in mails} - {address})
    return [
        *([f"{len(mails)} mails came when it {when} instead of {WORDS[wanted]}"] if len(mails) != wanted else []),
        *([f"a mail went to {', '.join(astray)}"] if astray else []),
    ]
