"""Non-DICOM files to the same `Volume` and back."""
