"""Names that several components agree on. Every resource is named by us: Pulumi's own names carry random suffixes."""

import hashlib

TASK_CALLER = "task-caller"
EVENT_CALLER = "event-caller"
BUILDER = "builder"
PREVIEWER = "ci-preview"
DEPLOYER = "ci-deploy"
REPOSITORY = "launch"
IMAGE = "handlers"


def versioned(name: str, *fixed: str) -> str:
    """Return `name` with a short hash of what its cloud never changes on a resource that exists.

    Another value then gives another name, so the engine makes the new resource, points what uses it there, and deletes
    the old one last. Under one name the old one would have to go first, which Google refuses while it is in use
    (terraform-provider-google#7503: create before destroy, with a name of its own).
    """
    return f"{name}-{hashlib.sha256(chr(10).join(fixed).encode()).hexdigest()[:8]}"
