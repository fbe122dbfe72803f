"""How mails name a time zone, and which languages they are written in."""

from zoneinfo import ZoneInfo

LANGUAGES = ("en", "es")  # those that templates/email/ is written in
ZONES = {
    "America/Los_Angeles": ("Pacific time", "hora del Pacífico"),
    "America/Denver": ("Mountain time", "hora de la Montaña"),
    "America/Chicago": ("Central time", "hora del Centro"),
    "America/New_York": ("Eastern time", "hora del Este"),
    "America/Anchorage": ("Alaska time", "hora de Alaska"),
    "Pacific/Honolulu": ("Hawaii time", "hora de Hawái"),
}


def zone_name(zone: ZoneInfo, language: str = "en") -> str:
    """People say "Pacific time" all year, never "PDT"; unlisted zones are named by their city."""
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    names = ZONES.get(zone.key, (f"{city} time", f"hora de {city}"))
    return names[LANGUAGES.index(language)]


def text_language(wanted: str) -> str:
    return wanted if wanted in LANGUAGES else LANGUAGES[0]
