"""The services on Cloud Run. This package ships alone in its container and imports nothing else of the project."""
