"""What is known of each resource type, in rows with their sources: one module an area."""
