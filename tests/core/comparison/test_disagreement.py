import pytest

from core.comparison.disagreement import disagreement


def test_galaxies_come_by_how_far_apart_their_redshifts_are(subject):
    ids, z_spec = [10, 20, 30], [0.0, 1.0, 0.5]
    first = subject("first", ids, z_spec, [0.0, 1.0, 0.5], g_mag=[20.0, 19.0, 18.0])
    second = subject("second", ids, z_spec, [0.1, 1.0, 0.2])
    third = subject("third", ids, z_spec, [0.05, 0.7, 0.8])
    table = disagreement([first, second, third])
    assert list(table) == ["source_id", "z_spec", "g_mag", "spread", "first", "second", "third"]
    assert table["source_id"].tolist() == [30, 20, 10]
    assert table["spread"].tolist() == pytest.approx([0.6 / 1.5, 0.3 / 2, 0.1])
    assert table["second"].tolist() == [0.2, 1.0, 0.1]
    assert "g_mag" not in disagreement([second, third])
