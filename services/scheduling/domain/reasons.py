"""Why a time is not offered: codes in the order in which they are told, and words for each."""

from enum import StrEnum


class Reason(StrEnum):
    """The order of the members is the order in every answer. Codes are part of the contract."""

    BAD_FORMAT = "BAD_FORMAT"
    NAIVE_DATETIME = "NAIVE_DATETIME"
    NONEXISTENT_LOCAL_TIME = "NONEXISTENT_LOCAL_TIME"
    AMBIGUOUS_LOCAL_TIME = "AMBIGUOUS_LOCAL_TIME"
    INVALID_DURATION = "INVALID_DURATION"
    NOT_ALIGNED = "NOT_ALIGNED"
    IN_PAST = "IN_PAST"
    TOO_SOON = "TOO_SOON"
    TOO_FAR = "TOO_FAR"
    WEEKEND = "WEEKEND"
    HOLIDAY = "HOLIDAY"
    BEFORE_OPEN = "BEFORE_OPEN"
    AFTER_CLOSE = "AFTER_CLOSE"
    BLOCKED = "BLOCKED"
    NOT_OFFERED = "NOT_OFFERED"
    NOT_WORKING = "NOT_WORKING"
    URGENT_ONLY = "URGENT_ONLY"
    HELD = "HELD"
    TAKEN = "TAKEN"


SENTENCES = {
    Reason.BAD_FORMAT: "This is not a date and time we can read.",
    Reason.NAIVE_DATETIME: "The time needs its offset from UTC.",
    Reason.NONEXISTENT_LOCAL_TIME: "The clocks skip this time that night.",
    Reason.AMBIGUOUS_LOCAL_TIME: "This time happens twice that night.",
    Reason.INVALID_DURATION: "Visits last 15, 30, 45 or 60 minutes.",
    Reason.NOT_ALIGNED: "Visits start on the quarter hour.",
    Reason.IN_PAST: "This time has passed.",
    Reason.TOO_SOON: "This time is too soon to book online.",
    Reason.TOO_FAR: "This time is too far ahead.",
    Reason.WEEKEND: "The clinic is closed on this day of the week.",
    Reason.HOLIDAY: "The clinic is closed on this holiday.",
    Reason.BEFORE_OPEN: "The clinic is not open yet at this time.",
    Reason.AFTER_CLOSE: "The visit would not end before the clinic closes.",
    Reason.BLOCKED: "The calendar is closed at this time.",
    Reason.NOT_OFFERED: "This kind of visit is not offered here.",
    Reason.NOT_WORKING: "The practitioner does not work at this time.",
    Reason.URGENT_ONLY: "This time is kept for urgent visits.",
    Reason.HELD: "Somebody is booking this time right now.",
    Reason.TAKEN: "This time is taken.",
}
