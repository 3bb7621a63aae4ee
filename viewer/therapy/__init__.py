"""Verification of therapy: PET scans of one patient → activity over time → absorbed dose, per ROI and as a map."""
