"""Rules of messages: states, back-off, wording of dates, what a mail may hold; plain Python."""
