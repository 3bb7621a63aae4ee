"""Scanners in software: the acquisition and phantoms with known truth."""
