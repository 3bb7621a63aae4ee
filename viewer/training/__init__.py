"""Makes the models: the only room with torch."""
