"""Pure rules of scheduling: time, availability, codes. No database, no web, no clock."""
