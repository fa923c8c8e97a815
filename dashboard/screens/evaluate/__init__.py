"""Sections of the Evaluate screen: one picture of the errors each."""
