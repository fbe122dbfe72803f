"""What intake refuses, each with a stable code and a sentence; the edges turn them into answers."""


class IntakeError(Exception):
    code = "intake_error"


class DataError(IntakeError):
    """A data file of the service is wrong; the sentence names the place."""

    code = "data_error"


class SubmissionNotFound(IntakeError):
    code = "submission_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such safety check.")
