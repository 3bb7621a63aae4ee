"""Nouns: numpy and frozen dataclasses."""
