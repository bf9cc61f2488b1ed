"""The control plane's stand-ins: Secret Manager, Cloud Tasks, Cloud Build, and Google's own web endpoints."""
