"""How to reach somebody who asks to be called back. Shapes only; nothing of it is kept here."""

import re
import unicodedata
from typing import Any

import marshmallow as ma
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from marshmallow import fields, validate

INVISIBLE = {"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"}
PHONE_CHARACTERS = re.compile(r"[0-9 ()+./-]{7,40}")
# The last flag allows the reserved .test domain, in which trials take place.
MAIL_RULES: dict[str, Any] = {
    "check_deliverability": False,
    "allow_smtputf8": False,
    "strict": True,
    "test_environment": True,
}


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


class Phone(fields.String):
    """A number that can be called, as E.164; without a country code it is a US number."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        try:
            number = phonenumbers.parse(text if PHONE_CHARACTERS.fullmatch(text) else "", "US")
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_valid_number(number):
            raise ma.ValidationError("Enter a phone number with 10 digits, like 503 555 0123.")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Email(fields.String):
    """Exactly one address that mail can be sent to, and nothing around it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs).strip()
        try:
            return validate_email(text, **MAIL_RULES).ascii_email
        except EmailNotValidError:
            raise ma.ValidationError("Enter an email like name@example.com.") from None


class CallerSchema(ma.Schema):
    name = Text(120, required=True)
    phone = Phone(required=True)
    email = Email(load_default=None, allow_none=True)


class CallbackSchema(CallerSchema):
    """`callback` is the token of the answer that asked to call us the same day."""

    callback = fields.String(required=True, validate=validate.Length(1, 2000))


class CallbackTakenSchema(ma.Schema):
    reference = fields.String(required=True)
