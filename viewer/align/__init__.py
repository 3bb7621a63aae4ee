"""Two images of one patient brought together: the rigid motion between them, and how far to believe it."""
