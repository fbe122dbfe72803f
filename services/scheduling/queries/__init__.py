"""Reads: what pages, routes and operations need to know. Nothing here changes a row."""
