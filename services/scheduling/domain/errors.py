"""Refusals: one class each, with a stable code and a sentence that a patient could read."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from .reasons import Reason

if TYPE_CHECKING:
    from .handoff import Wanted


class SchedulingError(Exception):
    """Something that the rules or the facts do not allow."""

    code, sentence = "refused", "This is not possible."

    def __str__(self) -> str:
        return self.sentence


class SlotTaken(SchedulingError):
    """Somebody else has it; `wanted` tells `queries.alternatives` what to look for."""

    code, sentence = "slot_taken", "Sorry, that time was just taken."

    def __init__(self, wanted: "Wanted") -> None:
        self.wanted = wanted


class NotBookable(SchedulingError):
    """The engine refused; `reasons` are all of its reasons, in order."""

    code, sentence = "not_bookable", "This time cannot be booked. Choose another one."

    def __init__(self, reasons: Iterable[Reason]) -> None:
        self.reasons = tuple(reasons)


class SlotUnreadable(SchedulingError):
    code, sentence = "slot_unreadable", "This is not one of our times. Choose one from the list."


class VisitTypeMismatch(SchedulingError):
    code, sentence = "visit_type_mismatch", "The safety check recommends another kind of visit."


class NotOnline(SchedulingError):
    code, sentence = "not_online", "This kind of visit is booked by our staff. Please call us."


class BookingStopped(SchedulingError):
    code, sentence = "booking_stopped", "Please call us instead of booking online."


class HandoffRequired(SchedulingError):
    code, sentence = "handoff_required", "Answer the safety check first."


class HandoffInvalid(SchedulingError):
    code = "handoff_invalid"
    sentence = "This safety check result cannot be read. Answer the safety check again."


class HandoffExpired(SchedulingError):
    code, sentence = "handoff_expired", "The safety check is too old. Answer it again."


class HandoffUsed(SchedulingError):
    code, sentence = "handoff_used", "A visit was already booked with this safety check."


class DateOfBirthMismatch(SchedulingError):
    code = "date_of_birth_mismatch"
    sentence = "The birth date is not the one given in the safety check."


class DateOfBirthInvalid(SchedulingError):
    code, sentence = "date_of_birth_invalid", "Enter a birth date that is in the past."


class ConsentRequired(SchedulingError):
    code = "consent_required"
    sentence = "Please confirm that you have read how we use your information."


class EmailConsentRequired(ConsentRequired):
    sentence = "Please allow us to email you about this visit, or leave the email out."


class HoldExpired(SchedulingError):
    code, sentence = "hold_expired", "We could keep that time no longer. Choose a time again."


class HoldNotExtendable(SchedulingError):
    code = "hold_not_extendable"
    sentence = "We cannot keep this time any longer. Book it now, or choose a time again."


class UnknownPractitioner(SchedulingError):
    code, sentence = "unknown_practitioner", "There is no such practitioner."


class UnknownVisitType(SchedulingError):
    code, sentence = "unknown_visit_type", "There is no such kind of visit."


class ScheduleInvalid(SchedulingError):
    code = "schedule_invalid"
    sentence = "Give hours in order, like 08:00 to 12:00; a block ends after it starts."


class NoSuchEntry(SchedulingError):
    code, sentence = "no_such_entry", "There is no such entry in the schedule."


class NoSuchAppointment(SchedulingError):
    code, sentence = "no_such_appointment", "There is no such visit."


class TransitionRefused(SchedulingError):
    """The visit does not stand so that this could be done; the sentence says why."""

    code = "transition_refused"

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


class StaleVersion(SchedulingError):
    """Somebody else was faster: what the asker saw is no longer so."""

    code = "stale_version"

    def __init__(self, version: int, since: timedelta | None) -> None:
        self.version = version
        self.sentence = (
            f"Somebody changed this visit {ago(since)}. Look at it again before you change it."
            if since is not None
            else "This is not how the visit stands. Look at it again before you change it."
        )


class TooLate(SchedulingError):
    code = "too_late"

    def __init__(self, phone: str) -> None:
        self.sentence = f"It is too late to change this visit online. Please call us at {phone}."


class TooManyVisits(SchedulingError):
    """So many visits of one patient, or one e-mail, are still to come."""

    code = "too_many_visits"

    def __init__(self, whose: str, limit: int, *, phone: str, retry_after: int) -> None:
        self.retry_after = retry_after
        self.sentence = (
            f"{whose} has {limit} visits coming up, the most that can be booked online."
            f" Please call us at {phone} for another one."
        )


class LinkInvalid(SchedulingError):
    code, sentence = "link_invalid", "This link does not work, or works no longer."


class SignInRefused(SchedulingError):
    code = "sign_in_refused"
    sentence = "This sign-in link was used before, or is too old. Ask for a new one."


class SessionOver(SchedulingError):
    code, sentence = "session_over", "You were signed out. Sign in again."


class NoSuchPatient(SchedulingError):
    code, sentence = "no_such_patient", "There is no such patient."


class SamePatient(SchedulingError):
    code, sentence = "same_patient", "These are one record already. Choose another one to merge."


class MergedAlready(SchedulingError):
    code, sentence = "merged_already", "This record was merged before. Open the one that stayed."


class NoSuchMerge(SchedulingError):
    code, sentence = "no_such_merge", "There is no such merge."


class MergeNotLast(SchedulingError):
    code = "merge_not_last"
    sentence = "These records were merged into another one since. Undo that merge first."


class NoSuchTask(SchedulingError):
    code, sentence = "no_such_task", "There is no such task."


class TaskClaimed(SchedulingError):
    """`by`: the name of the colleague who has it."""

    code = "task_claimed"

    def __init__(self, by: str | None) -> None:
        self.by = by
        self.sentence = f"{by or 'A colleague'} has taken this task. Ask them, or choose another."


class TaskResolved(SchedulingError):
    code, sentence = "task_resolved", "This task is done already."


class NoSuchWaitlistEntry(SchedulingError):
    code, sentence = "no_such_waitlist_entry", "There is no such entry on the waitlist."


class EntryOver(SchedulingError):
    code, sentence = "entry_over", "This person is not waiting any more."


class OnWaitlistAlready(SchedulingError):
    code, sentence = "on_waitlist_already", "You are on the waitlist already. We will tell you."


class NoSuchOffer(SchedulingError):
    code, sentence = "no_such_offer", "There is no such offer."


class OfferOpen(SchedulingError):
    """`override` in the request lets the desk take the time all the same."""

    code = "offer_open"
    sentence = "This time is being offered to somebody on the waitlist. Take it all the same?"


class OfferPending(SchedulingError):
    code, sentence = "offer_pending", "This person is being asked about another time just now."


class OfferExpired(SchedulingError):
    code = "offer_expired"
    sentence = "We could keep this time no longer. You stay on the waitlist."


class OfferOver(SchedulingError):
    code, sentence = "offer_over", "This offer was answered already."


class NoSuchClosure(SchedulingError):
    code, sentence = "no_such_closure", "There is no such closure."


class ClosureInvalid(SchedulingError):
    code, sentence = "closure_invalid", "A closure ends after it starts, and not in the past."


def ago(since: timedelta) -> str:
    """Rough, and in words: "20 seconds ago", "1 hour ago"."""
    seconds = max(1, int(since.total_seconds()))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    raise AssertionError("A second is the least.")
