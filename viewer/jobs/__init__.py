"""Background work: run, progress, cancel, generation."""
