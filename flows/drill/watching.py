"""What a drill sees of Monitoring: the world's clock, incidents, and the mails that reached the channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from localcloud.base.world import World
from localcloud.saas import mailbox

PATIENCE = 300.0  # seconds for one call that drives the clock
OWNER = {"Authorization": "Bearer owner"}
Labels = Mapping[str, str]


@dataclass(frozen=True)
class Incident:
    """One incident: of the policy with that title, for the series with these labels."""

    id: str
    title: str
    labels: Labels
    is_open: bool


@dataclass(frozen=True)
class Watching:
    """Asks the local cloud's Monitoring at `address` (HOST:PORT); raises httpx.HTTPError when it does not answer."""

    client: httpx.Client
    address: str
    project: str
    world: World

    def advance(self, minutes: int) -> None:
        """Let so many minutes of the world's time pass."""
        url = f"http://{self.address}/_rehearsal/clock"
        self.client.post(url, json={"minutes": minutes}, timeout=PATIENCE).raise_for_status()

    def skip(self, minutes: int) -> None:
        """Let so many minutes of the world's time pass in which nothing happens."""
        url = f"http://{self.address}/_rehearsal/clock"
        self.client.post(url, json={"minutes": minutes, "quiet": True}, timeout=PATIENCE).raise_for_status()

    def begin_anew(self) -> None:
        """Have Monitoring forget its samples."""
        self.client.delete(f"http://{self.address}/_rehearsal/clock", timeout=PATIENCE).raise_for_status()

    def incidents(self) -> list[Incident]:
        """Return every incident, the newest first."""
        url = f"http://{self.address}/monitoring.googleapis.com/v3/projects/{self.project}/alerts"
        answer = self.client.get(url, headers=OWNER).raise_for_status()
        return [_incident(each) for each in answer.json()["alerts"]]

    def value(self, query: str) -> float:
        """Return the sum of what a PromQL expression gives now, 0 where it gives nothing."""
        path = f"v1/projects/{self.project}/location/global/prometheus/api/v1/query"
        url = f"http://{self.address}/monitoring.googleapis.com/{path}"
        answer = self.client.get(url, params={"query": query}, headers=OWNER).raise_for_status()
        return sum(float(each["value"][1]) for each in answer.json()["data"]["result"])

    def mails(self, since: int) -> list[mailbox.Mail]:
        """Return the mails that arrived anywhere after an entry of the journal."""
        return [mailbox.read(str(entry.data["raw"])) for entry in self.world.journal(mailbox.KIND, since=since)]

    def mark(self) -> int:
        """Return the number of the journal's last entry of a mail, 0 when there is none."""
        kept = self.world.journal(mailbox.KIND)
        return kept[-1].seq if kept else 0


def _incident(said: Mapping[str, Any]) -> Incident:
    return Incident(said["name"], said["policy"]["displayName"], said["metric"]["labels"], said["state"] == "OPEN")


def of_alert(incidents: Sequence[Incident], title: str, labels: Labels) -> list[Incident]:
    """Return the incidents of a policy whose labels hold these."""
    return [each for each in incidents if each.title == title and labels.items() <= each.labels.items()]
