from core.prediction.calibration.before_after import before_and_after


def test_numbers_stand_as_their_definitions_have_them():
    before = {"mae": 0.03125, "bias": -0.00001, "sigma_nmad": 0.02}
    after = {"mae": 0.02, "bias": -0.0012, "sigma_nmad": 0.01875}
    rows = before_and_after(before, after, [(0.68, 0.5, 0.6789)])
    assert [(row.title, *row.texts) for row in rows] == [
        ("MAE", "0.0312", "0.0200"),
        ("Bias", "0.0000", "-0.0012"),
        ("σ NMAD", "0.0200", "0.0187"),
        ("Inside their 68 % interval", "50.00 %", "67.89 %"),
    ]
