"""Refusals: one class each, with a stable code and a sentence that a patient could read."""

from collections.abc import Sequence

from .reasons import SENTENCES, Reason


class SchedulingError(Exception):
    """Something asked of scheduling that its rules or the facts do not allow."""

    code = "refused"
    sentence = "This is not possible."

    def __init__(self) -> None:
        super().__init__(self.sentence)


class SlotTaken(SchedulingError):
    code = "slot_taken"
    sentence = "Sorry, that time was just taken."


class SlotUnreadable(SchedulingError):
    code = "slot_unreadable"
    sentence = "This is not one of our times. Choose a time from the list."


class NotBookable(SchedulingError):
    """The engine refused; `reasons` are all of its reasons, in order."""

    code = "not_bookable"

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        self.sentence = SENTENCES[self.reasons[0]]
        super().__init__()


class VisitTypeMismatch(SchedulingError):
    code = "visit_type_mismatch"
    sentence = "The safety check recommends another kind of visit."


class NotOnline(SchedulingError):
    code = "not_online"
    sentence = "This kind of visit is booked by our staff. Please call us."


class BookingStopped(SchedulingError):
    code = "booking_stopped"
    sentence = "Please call us instead of booking online."


class HandoffRequired(SchedulingError):
    code = "handoff_required"
    sentence = "Answer the safety check first."


class HandoffInvalid(SchedulingError):
    code = "handoff_invalid"
    sentence = "This safety check result cannot be read. Answer the safety check again."


class HandoffExpired(SchedulingError):
    code = "handoff_expired"
    sentence = "The safety check is too old. Answer it again."


class HandoffUsed(SchedulingError):
    code = "handoff_used"
    sentence = "A visit was already booked with this safety check."


class DateOfBirthMismatch(SchedulingError):
    code = "date_of_birth_mismatch"
    sentence = "The birth date is not the one given in the safety check."


class DateOfBirthMissing(SchedulingError):
    code = "date_of_birth_missing"
    sentence = "Enter the patient's birth date."


class HoldExpired(SchedulingError):
    code = "hold_expired"
    sentence = "We could keep that time no longer. Choose a time again."


class HoldNotExtendable(SchedulingError):
    code = "hold_not_extendable"
    sentence = "We cannot keep this time any longer. Book it now, or choose a time again."


class UnknownPractitioner(SchedulingError):
    code = "unknown_practitioner"
    sentence = "There is no such practitioner."


class UnknownVisitType(SchedulingError):
    code = "unknown_visit_type"
    sentence = "There is no such kind of visit."


class NoSuchAppointment(SchedulingError):
    code = "no_such_appointment"
    sentence = "There is no such visit."


class LinkInvalid(SchedulingError):
    code = "link_invalid"
    sentence = "This link does not work, or works no longer."
