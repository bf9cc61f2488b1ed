"""Services that let anybody claim a name, and what they say of one that nobody holds: how a takeover is confirmed.

Source of each row: github.com/EdOverflow/can-i-take-over-xyz, the issue with that number (0: its fingerprints.json).
A name that a service keeps for its owner, or gives only after a proof of ownership, is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """`suffixes` are the ends of its names; `says` is part of its page for an unclaimed name, empty when the name
    vanishes from the DNS instead.
    """

    title: str
    suffixes: tuple[str, ...]
    says: str
    issue: int


SERVICES = (
    Service("Amazon S3", (".s3.amazonaws.com",), "The specified bucket does not exist", 36),
    Service("AWS Elastic Beanstalk", (".elasticbeanstalk.com",), "", 194),
    Service("Bitbucket", (".bitbucket.io",), "Repository not found", 0),
    Service("Ghost", (".ghost.io",), "The thing you were looking for is no longer here, or never was", 89),
    Service("GitHub Pages", (".github.io",), "There isn't a GitHub Pages site here.", 37),
    Service("Help Scout", (".helpscoutdocs.com",), "No settings were found for this company:", 0),
    Service("Heroku", (".herokuapp.com", ".herokudns.com"), "No such app", 38),
    Service("Microsoft Azure", (".azurewebsites.net", ".cloudapp.net", ".trafficmanager.net"), "", 35),
    Service("Netlify", (".netlify.app",), "Not Found - Request ID:", 40),
    Service("Pantheon", (".pantheonsite.io",), "404 error unknown site!", 24),
    Service("Readme", (".readme.io",), "Project doesnt exist... yet!", 41),
    Service("Shopify", (".myshopify.com",), "Sorry, this shop is currently unavailable.", 46),
    Service("Surge", (".surge.sh",), "project not found", 0),
    Service("WordPress.com", (".wordpress.com",), "Do you want to register", 176),
    Service("YouTrack", (".youtrack.cloud",), "is not a registered InCloud YouTrack", 0),
)


def service_of(name: str) -> Service | None:
    """Return the service that a name belongs to, None when it is of no listed one."""
    return next((service for service in SERVICES if name.lower().endswith(service.suffixes)), None)
