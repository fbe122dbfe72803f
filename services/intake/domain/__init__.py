"""The rules of the safety check and its words: plain Python and data, no web, no database."""
