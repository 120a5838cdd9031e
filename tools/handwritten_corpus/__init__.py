"""Checks of the handwritten sentence pairs: how varied they are, and what they lack."""
