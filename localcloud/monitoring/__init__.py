"""Cloud Monitoring and Cloud Logging: samples of what happened, uptime checks, alert policies, notifications."""
