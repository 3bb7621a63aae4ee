"""The headless twin: a stable contract for scripts."""
