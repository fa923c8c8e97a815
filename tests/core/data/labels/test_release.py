import pytest

from core.data.labels.release import release_of, require_release
from core.errors import DataError


@pytest.mark.parametrize(
    ("column", "texts", "expected"),
    [
        ("source_id", ["Gaia DR2 123", "Gaia DR2 456"], "DR2"),
        ("source_id", [b"Gaia EDR3 123"], "DR3"),
        ("source_id", [" gaia dr4 123"], "DR4"),
        ("source_id", ["123", 4, None], None),
        ("gaia_dr2_source_id", [1, 2], "DR2"),
        ("gaiaedr3_source_id", [], "DR3"),
        ("gaia_dr2_source_id", ["Gaia DR3 1"], "DR3"),
        ("sdss_dr16_id", [], None),
    ],
)
def test_an_id_tells_its_release_by_its_text_or_its_column(column, texts, expected):
    assert release_of(column, texts) == expected


def test_ids_of_two_releases_are_refused():
    with pytest.raises(DataError, match=r"one release of Gaia in column .*, found those of DR2"):
        release_of("source_id", ["Gaia DR2 1", "Gaia DR3 2"])


def test_another_release_is_refused_with_the_way_out():
    require_release(None, "source_id", "t.csv")
    require_release("DR3", "source_id", "t.csv")
    with pytest.raises(DataError, match=r"DR3 in column 'id', .*DR2.*gaiadr3\.dr2_neighbourhood"):
        require_release("DR2", "id", "t.csv")
    with pytest.raises(DataError, match='fetch --release "Gaia DR4"'):
        require_release("DR4", "id", "t.csv")
    with pytest.raises(DataError, match=r"gaiadr4\.dr3_neighbourhood \(dr3_source_id"):
        require_release("DR3", "id", "t.csv", "DR4")
