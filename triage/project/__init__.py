"""What an app's files say together: configuration, rules, hosting, versions, names across files, the data model."""
