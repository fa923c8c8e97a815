"""How large the files of a run from elsewhere may be: far beyond ours, no danger to a laptop."""

from core.sharing.network_check import MAX_NETWORK_BYTES

PIECE_BYTES = 2**20
"""Of a file that is held at once."""

MAX_BYTES = 2**29
"""Of a bundle, and of what it unpacks to; a run on 520,393 galaxies has 17 MB."""

_TABLE_BYTES = 2**28  # the test part of 20 million galaxies
MOST_BYTES = {
    "bundle.json": 2**16,
    **dict.fromkeys(("config.json", "status.json", "annotations.json"), 2**20),
    "summary.json": 2**22,
    **dict.fromkeys(("metrics.jsonl", "worker.log"), 2**24),  # a thousand epochs take 0.2 MB
    "model.onnx": MAX_NETWORK_BYTES,
    "model.keras": 4 * MAX_NETWORK_BYTES,  # with two numbers of the optimiser for each weight
    **dict.fromkeys(("scaler.npz", "wavelength_map.npz"), 2**23),
    "calibration.npz": 2**24,
    **dict.fromkeys(("densities.npz", "seen.npz", "predictions.parquet"), _TABLE_BYTES),
}
"""Of each file, and of what an .npz file unpacks to."""
