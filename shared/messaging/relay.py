"""Moves events from the outbox to the transport: claim, publish each, mark."""

from shared.database import Database
from shared.messaging import outbox
from shared.messaging.transport import Transport, TransportDown


def publish_waiting(database: Database, transport: Transport) -> int:
    """Publish one batch; a crash on the way publishes again, and the inbox drops the copy."""
    with database.read() as session:
        if not outbox.has_waiting(session):
            return 0
    with database.write() as session:
        batch = outbox.claim(session)
    published: list[str] = []
    try:
        for event in batch:
            transport.publish(event)
            published.append(event.event_id)
    except TransportDown:
        unpublished = [event.event_id for event in batch if event.event_id not in published]
        with database.write() as session:
            outbox.give_back(session, unpublished)
        raise
    finally:
        if published:
            with database.write() as session:
                outbox.mark_published(session, published)
    return len(published)
