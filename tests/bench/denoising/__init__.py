"""Parts of the benchmark `tests/bench/denoise.py`: methods, data, scores and the comparisons made of them."""
