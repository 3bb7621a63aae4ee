"""A frozen `Report` to PDF, CSV and JSON."""
