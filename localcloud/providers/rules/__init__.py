"""The launch rules of each provider; see localcloud.providers.launch_rules for what a rule is."""
