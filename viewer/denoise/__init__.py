"""Volume to `DenoiseResult`: model card, noise estimate, scaling, tiling, engine, residual analysis."""
