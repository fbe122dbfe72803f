"""The events that services publish: one frozen dataclass each, one codec for all."""
