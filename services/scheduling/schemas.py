"""Shapes and ranges of scheduling's JSON. Whether something may be done is asked elsewhere."""

import re
import unicodedata
from datetime import date, timedelta
from typing import Any

import marshmallow as ma
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from marshmallow import fields, validate

from .domain.codes import unpack
from .models import OCCUPYING

LANGUAGES = ("en", "es")
SUPPORTS = ("none", "spanish", "other_language", "sign_language", "hearing", "vision", "other")
STATUSES = (*OCCUPYING, "cancelled", "noshow", "entered-in-error", "waitlist")
LONGEST_LIST = timedelta(days=62)
THINKABLE = validate.Range(date(1900, 1, 1), date(2199, 12, 31))
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

    def __init__(self) -> None:
        super().__init__(load_default=False)

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


class PatientSchema(ma.Schema):
    given_name = Text(60, required=True)
    family_name = Text(60, required=True)
    date_of_birth = Day(**OPTIONAL)


class BookerSchema(ma.Schema):
    """Who booked for the patient."""

    name = Text(120, required=True)
    relationship = Text(40, required=True)
    phone = Phone(**OPTIONAL)


class ContactSchema(ma.Schema):
    email = Email(**OPTIONAL)
    phone = Phone(required=True)
    may_leave_message = Tick()


class ConsentsSchema(ma.Schema):
    privacy_notice = Tick()
    email_ok = Tick()
    earlier_time = Tick()


class BookAppointmentSchema(ma.Schema):
    """By slot, by hold, or (staff) by practitioner, visit type and start."""

    slot = fields.String()
    hold = fields.String()
    practitioner = fields.String()
    visit_type = fields.String()
    start = fields.String()
    handoff = fields.String(**OPTIONAL)
    patient = fields.Nested(PatientSchema, required=True)
    booker = fields.Nested(BookerSchema, **OPTIONAL)
    contact = fields.Nested(ContactSchema, required=True)
    language = fields.String(validate=validate.OneOf(LANGUAGES))
    support = fields.String(load_default="none", validate=validate.OneOf(SUPPORTS))
    consents = fields.Nested(ConsentsSchema, load_default=dict)
    overbook_reason = Text(200, **OPTIONAL)

    @ma.validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        given = data.keys() & {"slot", "hold", "practitioner", "visit_type", "start"}
        if given not in ({"slot"}, {"hold"}, {"practitioner", "visit_type", "start"}):
            raise ma.ValidationError("Send a slot or a hold.")


class HoldInputSchema(ma.Schema):
    slot = fields.String(required=True)
    handoff = fields.String(**OPTIONAL)


class Cursor(fields.String):
    """What an earlier answer called `next`."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        match unpack(super()._deserialize(value, *args, **kwargs)):
            case [int(seconds), str(row_id)] if 0 <= seconds < 2**33:
                return seconds, row_id
        raise ma.ValidationError("This is not a cursor of ours.")


class _Query(ma.Schema):
    practitioner = fields.String()

    @ma.pre_load
    def _without_empty(self, data: Any, **_: Any) -> dict[str, Any]:
        """`status=` and `practitioner=any` mean what leaving them out means."""
        nothing = ("practitioner", "any")
        return {name: text for name, text in data.items() if text and (name, text) != nothing}


class _Days(_Query):
    first = Day(data_key="from", validate=THINKABLE)
    last = Day(data_key="to", validate=THINKABLE)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
    cursor = Cursor()

    @ma.validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and data["last"] < data["first"]:
            raise ma.ValidationError("`to` is before `from`.", "to")


class SlotsQuerySchema(_Days):
    visit_type = fields.String(required=True)

    @ma.validates_schema
    def _not_too_many(self, data: dict[str, Any], **_: Any) -> None:
        if "first" in data and "last" in data and data["last"] - data["first"] >= LONGEST_LIST:
            raise ma.ValidationError("At most 62 days at a time.", "to")


class AppointmentsQuerySchema(_Days):
    status = fields.String(validate=validate.OneOf(STATUSES))
    q = Text(120, metadata={"description": "A reference"})


class ExplainQuerySchema(_Query):
    visit_type = fields.String()
    minutes = fields.Integer()
    start = fields.String(required=True)
    channel = fields.String(load_default="patient", validate=validate.OneOf(("patient", "staff")))

    @ma.validates_schema
    def _one_length(self, data: dict[str, Any], **_: Any) -> None:
        if ("visit_type" in data) == ("minutes" in data):
            raise ma.ValidationError("Send a visit type or minutes.", "visit_type")


class VisitTypeSchema(ma.Schema):
    id = fields.String()
    name = fields.String()
    minutes = fields.Integer()
    online = fields.Boolean()


class PractitionerSchema(ma.Schema):
    id = fields.String()
    name = fields.String()


class ListedPractitionerSchema(PractitionerSchema):
    specialty = fields.String()
    visit_types = fields.List(fields.String())


class SlotSchema(ma.Schema):
    slot = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    practitioner = fields.Nested(PractitionerSchema)


class VisitTypesSchema(ma.Schema):
    items = fields.List(fields.Nested(VisitTypeSchema))


class PractitionersSchema(ma.Schema):
    items = fields.List(fields.Nested(ListedPractitionerSchema))


class SlotsSchema(ma.Schema):
    items = fields.List(fields.Nested(SlotSchema))
    next = fields.String(allow_none=True)
    first_available = fields.AwareDateTime(allow_none=True)


class ExplanationSchema(ma.Schema):
    bookable = fields.Boolean()
    reasons = fields.List(fields.String())
    local_start = fields.String(allow_none=True)


class HoldSchema(ma.Schema):
    hold = fields.String()
    expires_at = fields.AwareDateTime()
    extensions_left = fields.Integer()


class BookedSchema(ma.Schema):
    """What the person who booked gets to know."""

    id = fields.String()
    reference = fields.String()
    status = fields.String()
    start = fields.AwareDateTime()
    end = fields.AwareDateTime()
    practitioner = fields.Nested(PractitionerSchema)
    visit_type = fields.String()
    version = fields.Integer()
    manage_url = fields.String()


class AppointmentSchema(BookedSchema):
    """What staff see as well."""

    patient = fields.Dict()
    contact = fields.Dict()
    booker = fields.Dict(allow_none=True)
    urgency = fields.String(allow_none=True)
    safety_check = fields.String()
    booked_by = fields.String()
    language = fields.String()
    support = fields.String()
    submission = fields.String()


class AppointmentsSchema(ma.Schema):
    items = fields.List(fields.Nested(AppointmentSchema))
    next = fields.String(allow_none=True)
