"""Verbs: know a visit, owe a message, plan reminders, send one, resend one, hold. None commits."""

from .changing import report
from .holding import hold, release
from .owing import DUE, News, owe
from .planning import plan
from .requests import (
    alert_address,
    offer_resolved,
    owe_alert,
    owe_gone,
    owe_links,
    owe_offer,
)
from .resending import resend
from .sending import (
    LEASE,
    Lease,
    Worker,
    lease_next,
    record_ending,
    renew_leases,
    start_data,
    take_back_abandoned,
)
from .visits import (
    GONE,
    change_contact,
    finish_intake,
    note_visit,
    owe_news,
    owe_no_show,
    stop_reminders,
)

__all__ = [
    "DUE",
    "GONE",
    "LEASE",
    "Lease",
    "News",
    "Worker",
    "alert_address",
    "change_contact",
    "finish_intake",
    "hold",
    "lease_next",
    "note_visit",
    "offer_resolved",
    "owe",
    "owe_alert",
    "owe_gone",
    "owe_links",
    "owe_news",
    "owe_no_show",
    "owe_offer",
    "plan",
    "record_ending",
    "release",
    "renew_leases",
    "report",
    "resend",
    "start_data",
    "stop_reminders",
    "take_back_abandoned",
]
