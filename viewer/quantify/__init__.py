"""(values, mask, acquisition) to `Measurement`: decay, nuclides, units, statistics."""
