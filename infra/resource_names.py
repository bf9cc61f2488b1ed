"""Names that several components agree on. Every resource is named by us: Pulumi's own names carry random suffixes."""

TASK_CALLER = "task-caller"
EVENT_CALLER = "event-caller"
BUILDER = "builder"
PREVIEWER = "ci-preview"
DEPLOYER = "ci-deploy"
REPOSITORY = "launch"
IMAGE = "handlers"
