"""Why a time is not offered: codes, in the order in which they are told."""

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
