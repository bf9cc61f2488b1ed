"""What is watched and when somebody is called: definitions as values, compiled to PromQL for Cloud Monitoring."""
