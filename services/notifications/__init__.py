"""The notifications service: messages that are owed to people, and their delivery."""
