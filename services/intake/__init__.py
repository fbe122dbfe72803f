"""Intake: what hurts, how badly, how urgent. Holds no name, contact or birth date."""
