"""A human head written as formulas: one file per region, painted over each other from outside in."""
