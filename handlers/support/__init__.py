"""Support tickets: their states, the commands of the team, drafts of replies, and what the helpdesk is told."""
