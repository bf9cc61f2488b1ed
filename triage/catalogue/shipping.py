"""Checks of secrets, of what is shipped, and of what ends when."""

from __future__ import annotations

from blueprint.finding import Status
from triage.model import Cause, Check, Step

SECRETS = "secrets push"
CHECKS = (
    Check(
        "secret.client", "A secret is compiled into the app", Step.SECRETS, 100,
        "Anyone can unpack the app and use it.",
        "The app carries public identifiers only.",
        "Revoke the secret now, keep the new one in Secret Manager, and call the provider from a service.",
        SECRETS, Cause.CLIENT_WRITES,
    ),
    Check(
        "secret.code", "A secret stands in the source", Step.SECRETS, 94,
        "Everyone with the repository, its forks and its backups has the secret.",
        "Secrets are in Secret Manager and nowhere else.",
        "Revoke the secret and push the new one with ./launch secrets push.",
        SECRETS,
    ),
    Check(
        "secret.asset", "A file with secrets is an asset of the app", Step.SECRETS, 99,
        "Assets lie in the app as they are; unzipping is enough to read them.",
        "No .env file or key is among the assets.",
        "Take the file out of the assets, revoke what is in it, and call the provider from a service.",
        SECRETS, Cause.CLIENT_WRITES,
    ),
    Check(
        "secret.define", "The build puts a secret into the app", Step.SECRETS, 86,
        "What --dart-define or an environment package passes is a constant in the compiled app.",
        "Only public values are passed to the build.",
        "Keep the secret in Secret Manager and call the provider from a service.",
        SECRETS, Cause.CLIENT_WRITES,
    ),
    Check(
        "secret.service-account", "A service account's private key is in the tree", Step.SECRETS, 100,
        "It opens the whole project and passes all rules.",
        "Nothing uses key files: services have identities, CI uses workload identity.",
        "Delete the key in the console, then the file.",
        "infra: identity and delivery",
    ),
    Check(
        "secret.history", "A secret was committed once", Step.SECRETS, 78,
        "Deleting a file does not delete it from the history; every clone still has it.",
        "No commit holds a secret, or the secret has been revoked.",
        "Revoke it. Rewriting the history is only worth it afterwards.",
        SECRETS,
    ),
    Check(
        "bundle.secret", "A secret can be read out of the built app", Step.SECRETS, 100,
        "This is what users have on their phones.",
        "The bundle holds public identifiers only.",
        "Revoke the secret and build again without it.",
        SECRETS, Cause.CLIENT_WRITES,
    ),
    Check(
        "bundle.source-map", "The build publishes its source maps", Step.RELEASE, 30,
        "The source of the app can be read as you wrote it.",
        "Source maps are uploaded to the crash reporter and not published.",
        "Build without --source-maps, or leave *.map out of hosting.",
        "edge", status=Status.WARN, first_pass=False,
    ),
    Check(
        "bundle.size", "The app has grown", Step.RELEASE, 25,
        "Slow starts and slow forms become support tickets.",
        "A build is at most a tenth larger than the last one.",
        "Look at the parts that grew, and take out what is not used.",
        "checklists: release build", status=Status.WARN, first_pass=False,
    ),
    Check(
        "bundle.unreadable", "A bundle could not be searched whole", Step.RELEASE, 15,
        "What was not looked at can hold anything.",
        "Each part of a bundle can be read.",
        "Build it again and look once more.",
        "triage", status=Status.UNKNOWN, first_pass=False,
    ),
    Check(
        "hosting.stale", "Cache headers pin an old build", Step.RELEASE, 65,
        "After a release, browsers keep the old app for as long as the header says, and call a back end that has moved on.",
        "index.html, the service worker, flutter_bootstrap.js, main.dart.js and version.json are revalidated each time.",
        "Set Cache-Control: no-cache for them; only files with a hash in their name may be kept.",
        "edge: cache rules",
    ),
    Check(
        "config.drift", "Two places of the app name different projects, apps or versions", Step.RELEASE, 64,
        "A release talks to the wrong project, or a store refuses it; nobody sees it before the users do.",
        "Project, app id and version are the same wherever they stand.",
        "Make them the same: run flutterfire configure, and take versions from pubspec.yaml.",
        "checklists: release build", status=Status.WARN,
    ),
    Check(
        "sunset.past", "Something that the app relies on has ended", Step.RELEASE, 84,
        "It is refused now, or will be at the next deploy.",
        "Nothing in use has ended.",
        "Replace it.",
        "blueprint: sunsets",
    ),
    Check(
        "sunset.ahead", "Something that the app relies on will end", Step.RELEASE, 34,
        "It will stop on a known day.",
        "It is replaced before its day.",
        "Plan the replacement.",
        "blueprint: sunsets", status=Status.WARN, first_pass=False,
    ),
    Check(
        "sunset.stale", "A date in the table of what ends has not been checked for long", Step.RELEASE, 10,
        "Vendors move such dates.",
        "The date was looked up within 90 days.",
        "Look the date up at its source.",
        "blueprint: sunsets", status=Status.UNKNOWN, first_pass=False,
    ),
    Check(
        "exemption.ended", "An exemption has ended or names no end", Step.MONITORING, 12,
        "What was accepted for a while has become permanent.",
        "Each exemption has a reason and a day on which it ends.",
        "Solve the finding, or give the exemption a new day and a reason.",
        "checklists: handover", status=Status.WARN, first_pass=False,
    ),
)
