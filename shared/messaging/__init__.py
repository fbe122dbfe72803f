"""From a committed change to another service: outbox, relay, transport, inbox, worker."""
