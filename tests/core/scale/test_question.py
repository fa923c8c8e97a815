"""What is asked of a run, and in what two questions differ, in people's words."""

import pytest

from core.scale.question import differences

ASKED = {
    "layout": 1,
    "run_id": "a",
    "interval_level": 0.68,
    "prior": "table",
    "prior_sha256": "0",
    "model.onnx (SHA-256)": "1",
    "scaler.npz (SHA-256)": "2",
    "ids (SHA-256)": "3",
    "p(z)": True,
}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"interval_level": 0.9, "p(z)": False},
         ["--level: 0.68 there, 0.9 asked for", "--pz: yes there, no asked for"]),
        ({"layout": 2}, ["layout and columns: 1 there, 2 asked for"]),
        ({"column of z": "zz"}, ["column of z: none there, zz asked for"]),
        # Another run has other files: that goes without saying.
        ({"run_id": "b", "model.onnx (SHA-256)": "4"}, ["run: a there, b asked for"]),
        ({"model.onnx (SHA-256)": "4", "scaler.npz (SHA-256)": "5"},
         ["the run a was retrained or recalibrated since"]),
        ({"ids (SHA-256)": "4"}, ["--ids: the same sources are not asked for"]),
        ({"prior_sha256": "4"}, ["--prior: the table has changed"]),
        ({"prior": "flat", "prior_sha256": None}, ["--prior: table there, flat asked for"]),
    ],
)  # fmt: skip
def test_what_differs_is_told_without_hashes(change, said):
    assert differences(ASKED, ASKED | change) == said
