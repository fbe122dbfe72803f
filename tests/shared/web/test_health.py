"""What operators see: alive, ready or not and why, and counts from the database."""

from shared.tables import outbox
from shared.web.health import add_metrics
from tests.shared.web.builders import NOW, make_app, make_service


def test_alive_needs_nothing(client):
    assert client.get("/livez").json == {"status": "ok"}


def test_an_unmigrated_database_is_not_ready(client):
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json["checks"]["database"] is True
    assert response.json["checks"]["schema"] is False
    assert response.headers["Retry-After"] == "2"


def test_counts_are_read_at_the_time_of_asking(app, client, service):
    assert "clinic_outbox_waiting 0.0" in client.get("/metrics").text
    row = {"event_id": "e1", "type": "t", "body": b"", "recorded_at": NOW}
    with service.database.write() as session:
        session.execute(outbox.insert().values(row))
    add_metrics(app, lambda session: [])
    page = client.get("/metrics").text
    assert "clinic_outbox_waiting 1.0" in page
    assert "clinic_outbox_oldest_seconds 0.0" in page
    assert "clinic_parked 0.0" in page


def test_without_a_database_metrics_say_so(tmp_path):
    service = make_service(tmp_path)
    service.close()
    (tmp_path / "scheduling.db").unlink()
    assert make_app(service).test_client().get("/metrics").status_code == 503
    service.close()
