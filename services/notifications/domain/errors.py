"""Refusals of this service. Each has a stable `code` and a sentence a person can read."""


class NotificationError(Exception):
    code = "notification_error"
    sentence = "This could not be done."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class MessageNotFound(NotificationError):
    code = "message_not_found"
    sentence = "There is no such message."


class MessageUnfit(NotificationError):
    """The mail may not leave the house as it is; sending it again cannot help."""

    code = "message_unfit"
    sentence = "This message holds something a mail may not hold."


class TransitionRefused(NotificationError):
    code = "transition_refused"


class LeaseLost(NotificationError):
    """Another worker owns the message now: stop before a byte of the body is sent."""

    code = "lease_lost"
    sentence = "Another worker has taken this message over."


class MessageSuperseded(NotificationError):
    code = "superseded"
    sentence = "This message is outdated: something newer is true now."


class MessageOnItsWay(NotificationError):
    code = "on_its_way"
    sentence = "This message is still on its way; wait until it was sent or has failed."


class NoAddress(NotificationError):
    code = "no_email"
    sentence = "No e-mail address is known for this patient: please phone."


class VisitUnknown(NotificationError):
    """The event came before the booking it speaks of: it is parked, and tried again later."""

    code = "visit_unknown"
    sentence = "Nothing is known of this visit yet."


class CursorInvalid(NotificationError):
    code = "cursor_invalid"
    sentence = "This cursor is not one that a list of messages gave out."
