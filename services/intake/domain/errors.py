"""What intake refuses, each with a stable code and a sentence; the edges turn them into answers."""

from collections.abc import Iterable, Mapping


class IntakeError(Exception):
    code = "intake_error"
    sentence = ""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or self.sentence)


class DataError(IntakeError):
    """A data file of the service is wrong; each fault names the place."""

    code = "data_error"

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults

    @classmethod
    def of(cls, errors: Iterable["DataError"]) -> "DataError":
        return cls(*(fault for error in errors for fault in error.faults))


class SubmissionNotFound(IntakeError):
    code = "submission_not_found"
    sentence = "There is no such safety check."


class LoweringNotAllowed(IntakeError):
    code = "lowering_not_allowed"
    sentence = "Only a clinician may choose a less urgent level."


class ReasonRequired(IntakeError):
    code = "reason_required"
    sentence = "Say why the level may be less urgent."


class LevelChanged(IntakeError):
    code = "level_changed"
    sentence = "Somebody else changed the level meanwhile. Look at it again first."


class ClinicClosed(IntakeError):
    code = "clinic_closed"
    sentence = (
        "We are closed now, so nobody can call you back. Do not wait: go to an urgent care or ER"
        " today, or call your doctor's after-hours line."
    )


class CallbackNotOffered(IntakeError):
    code = "callback_not_offered"
    sentence = "We cannot take a call back for this. Call 911 or go to the nearest emergency room."


class DetailsInvalid(IntakeError):
    """Answers that do not fit together; `faults`: (section, field) -> code of the sentence."""

    code = "invalid"
    sentence = "Some answers need another look."

    def __init__(self, faults: Mapping[tuple[str, str], str]) -> None:
        super().__init__()
        self.faults = dict(faults)


class DetailsChanged(IntakeError):
    code = "details_changed"
    sentence = "This part was saved in another window meanwhile. Look at it again first."

    def __init__(self, section: str) -> None:
        super().__init__()
        self.section = section
