"""The launch rules of each provider; see localcloud.providers.launch for what a rule is."""
