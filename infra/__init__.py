"""The Pulumi components that make a launch: each file holds one, `program` puts them together."""
