"""How the suite says days and times, in the languages it speaks: the same in pages and mails.

English as on the clinic's door ("9:00am"); Spanish as spoken in the US ("martes 16 de marzo").
"""

from collections.abc import Sequence
from datetime import date, datetime, time

LANGUAGES = ("en", "es")
WEEKDAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
MONTHS = {
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
        "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip


def full_date(day: date, language: str = "en") -> str:
    """Tuesday, March 16, 2027; martes 16 de marzo de 2027."""
    joint = " de " if language == "es" else ", "
    return f"{day_of_year(day, language)}{joint}{day.year}"


def day_of_year(day: date, language: str = "en") -> str:
    """Tuesday, March 16; martes 16 de marzo."""
    weekday, month = WEEKDAYS[language][day.weekday()], MONTHS[language][day.month - 1]
    return (
        f"{weekday} {day.day} de {month}" if language == "es" else f"{weekday}, {month} {day.day}"
    )


def short_date(day: date, language: str = "en") -> str:
    """Tue, Mar 16; mar 16 mar."""
    weekday, month = WEEKDAYS[language][day.weekday()][:3], MONTHS[language][day.month - 1][:3]
    return f"{weekday} {day.day} {month}" if language == "es" else f"{weekday}, {month} {day.day}"


def clock(moment: time | datetime) -> str:
    """9:00am, 12:15pm, in both languages."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02}{'am' if moment.hour < 12 else 'pm'}"


def weekday_run(days: Sequence[int], language: str = "en") -> str:
    """Neighbouring weekdays, Monday = 0: "Monday to Friday", "lunes y martes", "Sunday"."""
    first, last = (WEEKDAYS[language][day] for day in (days[0], days[-1]))
    if len(days) == 1:
        return first
    between = {"en": ("to", "and"), "es": ("a", "y")}[language][len(days) == 2]
    return f"{first} {between} {last}"
