"""Fields of what people type, read strictly: days, texts, ticks, phone numbers, e-mail, cursors."""

import re
import unicodedata
from typing import Any

import marshmallow as ma
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from marshmallow import fields, validate

from ..domain.codes import unpack

INVISIBLE = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
PHONE_HINT = "Enter a phone number with 10 digits, like 503 555 0123."
PHONE_CHARACTERS = re.compile(r"[0-9 ()+./-]{7,40}")
# The last flag allows the reserved .test domain, in which trials take place.
MAIL_RULES: dict[str, Any] = {
    "check_deliverability": False,
    "allow_smtputf8": False,
    "strict": True,  # also the lengths that RFC 5321 sets
    "test_environment": True,
}
OPTIONAL: dict[str, Any] = {"load_default": None, "allow_none": True}


class Day(fields.Date):
    """`2027-03-02` and nothing else; Python alone would also read `20270302`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ma.ValidationError("Not a valid date.")
        return super()._deserialize(value, *args, **kwargs)


class Text(fields.String):
    """What a person typed: NFC, trimmed, no control or invisible characters, no piled-up marks."""

    def __init__(self, longest: int, **options: Any) -> None:
        length = validate.Length(1, longest, error=f"Enter 1 to {longest} characters.")
        super().__init__(validate=length, **options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = unicodedata.normalize("NFC", super()._deserialize(value, *args, **kwargs)).strip()
        # Joiners are letters of some scripts; other invisible characters only deceive.
        kinds = [unicodedata.category(char) for char in text if char not in "\u200c\u200d"]
        if INVISIBLE.intersection(kinds) or "Mn Mn Mn Mn" in " ".join(kinds):
            raise ma.ValidationError("This holds characters that we cannot use.")
        return text


class Tick(fields.Boolean):
    """true or false; in Python 1 would count as true as well."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"load_default": False} | options)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Phone(fields.String):
    """A number that can be called, as E.164; without a country code it is a US number."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        try:
            number = phonenumbers.parse(text if PHONE_CHARACTERS.fullmatch(text) else "", "US")
        except phonenumbers.NumberParseException:
            raise ma.ValidationError(PHONE_HINT) from None
        if not phonenumbers.is_valid_number(number):
            raise ma.ValidationError(PHONE_HINT)
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Email(fields.String):
    """Exactly one address that mail can be sent to, and nothing around it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs).strip()
        try:
            return validate_email(text, **MAIL_RULES).ascii_email
        except EmailNotValidError:
            raise ma.ValidationError("Enter an email like name@example.com.") from None


class Cursor(fields.String):
    """What an earlier answer called `next`: a place (seconds, or finer) and an id."""

    def __init__(self, below: int = 2**33) -> None:
        super().__init__()
        self._below = below

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        match unpack(super()._deserialize(value, *args, **kwargs)):
            case [int(place), str(row_id)] if 0 <= place < self._below:
                return place, row_id
        raise ma.ValidationError("This is not a cursor of ours.")
