"""The three services. They never import each other; see docs/architecture.md."""
