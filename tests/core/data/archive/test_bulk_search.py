"""The list of a folder of bulk files, however its server shows it."""

import numpy as np
import pytest

from core.data import open_bulk, plan_bulk
from core.data.archive import bulk_search
from core.data.archive.bulk_listing import read_checksums, read_index
from core.data.archive.patience import LoginError
from core.data.healpix import PixelRange, ranges_of
from core.errors import ConfigError, DataError
from tests.support.archive_bulk import CONFIG, FOLDER, NAMES, RANGES, BulkServer, ids_of


@pytest.fixture
def server():
    files = {name: bytes(1000 + i) for i, name in enumerate(NAMES)}
    with BulkServer(files) as server:
        yield server


@pytest.mark.parametrize("listing", ["nginx", "apache", None])
@pytest.mark.parametrize("checksums", [True, False])
def test_a_page_or_the_checksums_tell_the_files(server, listing, checksums):
    server.listing, server.checksums = listing, checksums
    if not listing and not checksums:
        with pytest.raises(
            DataError, match=r"a page that lists them or a file _MD5SUM\.txt; found"
        ):
            open_bulk(server.url, CONFIG)
        return
    bulk = open_bulk(server.url, CONFIG)
    assert [file.name for file in bulk.files] == NAMES
    assert [(f.pixels.first, f.pixels.last, f.pixels.level) for f in bulk.files] == [
        (*each, 8) for each in RANGES
    ]
    assert [len(file.digest) for file in bulk.files] == [32 * checksums] * 4
    assert all(file.version for file in bulk.files)
    sizes = {"nginx": [1000, 1001, 1002, 1003], "apache": [1024] * 4, None: [None] * 4}
    assert [file.size for file in bulk.files] == sizes[listing]
    assert [file.is_exact for file in bulk.files] == [listing == "nginx"] * 4
    assert bulk.release == "Gaia DR3"
    assert ("no checksum of 4 of 4 files" in " ".join(bulk.notes)) is not checksums


def test_a_folder_is_found_below_that_of_its_release(server, monkeypatch):
    assert open_bulk(f"{server.root}/Gaia/gdr3", CONFIG).address == server.url
    with BulkServer(server.files, "/Gaia/gdr4/Spectra/xp_coefficients/") as later:
        monkeypatch.setattr(bulk_search, "RELEASE_FOLDER", later.root + "/Gaia/gdr{}/")
        found = open_bulk("Gaia DR4", CONFIG)
    assert (found.address, found.release) == (later.url, "Gaia DR4")


def test_only_files_are_taken_whose_range_holds_an_id(server):
    bulk = open_bulk(server.url, CONFIG)
    ids = np.sort(np.concatenate([ids_of(0, 5)[1:2], ids_of(2, 5)[4:]]))
    assert [file.name for file in bulk.holding(ids)] == [NAMES[0], NAMES[2]]
    assert len(bulk.holding(None)) == 4
    with pytest.raises(DataError, match="none of the 4 files holds one of the ids"):
        bulk.holding(np.empty(0, np.int64))


@pytest.mark.parametrize("listing", ["nginx", None])
def test_what_it_takes_is_told_before(server, listing):
    server.listing = listing
    bulk = open_bulk(server.url, CONFIG)
    plan = plan_bulk(bulk, ids_of(1, 3), workers=2)
    assert (plan.n_files, plan.n_all, plan.n_bytes, plan.largest) == (1, 4, 1001, 1001)
    assert (plan.workers, plan.is_exact) == (1, True)
    whose, size, room = plan.lines()
    assert whose == f"{server.url}: 1 of 4 files may hold one of 3 ids."
    assert size == "To bring: 1 kB: 1 s at 10 MB/s, 1 s at 100 MB/s."
    assert room.startswith("Disk: about 43 kB at a time")
    assert [method for method, *_ in server.asked] == ["HEAD"] * (listing is None)


def test_a_disk_without_room_is_refused(server, tmp_path, monkeypatch):
    plan = plan_bulk(open_bulk(server.url, CONFIG), None)
    plan.check_room(tmp_path / "new")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with pytest.raises(
        DataError, match=r"new: 10 bytes are free on this disk, expected about 1 kB"
    ):
        plan.check_room(tmp_path / "new")


def test_a_page_to_log_in_ends_it_at_once(server, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("waited"))
    server.listing = "login"
    with pytest.raises(LoginError, match="a page to log in, not with a list of files"):
        open_bulk(server.url, CONFIG)


def test_what_is_no_place_is_refused():
    with pytest.raises(ConfigError, match=r"such as 'Gaia DR3', or the address .*received 'here'"):
        open_bulk("here")
    assert bulk_search._address_of("dr3") == bulk_search.FOLDERS["Gaia DR3"]
    assert bulk_search._address_of("Gaia DR5").endswith("/gdr5/")


def test_links_that_lead_elsewhere_are_no_files():
    page = (
        '<a href="../">up</a> <a href="?C=M">sort</a> <a href="https://a.org/x.csv">x</a> '
        '<a href="/b/c.csv.gz">c</a> 2024-01-02 03:04 1.5M <a href="d/">d</a> - '
        '<a href="/b/deep/e.csv">e</a><a href="/b/">here</a><a>none</a>'
    )
    found = read_index(page, "https://b.org/b/")
    assert [(each.name, each.is_folder, each.size) for each in found] == [
        ("c.csv.gz", False, 1_572_864),
        ("d", True, None),
    ]


def test_checksums_are_told_apart_by_their_length():
    lines = (
        f"{'a' * 32}  one.csv.gz",
        f"{'B' * 64} *./two.csv.gz",
        f"MD5 (three.csv) = {'c' * 32}",
        f"{'d' * 33}  wrong.csv",
        "# a remark",
    )
    assert read_checksums("\r\n".join(lines)) == {
        "one.csv.gz": "a" * 32,
        "two.csv.gz": "b" * 64,
        "three.csv": "c" * 32,
    }


@pytest.mark.parametrize(("last", "level"), [(786_431, 8), (12 * 4**6 - 1, 6), (5, 8)])
def test_the_last_pixel_tells_the_level(last, level):
    found = ranges_of(["Mean_0-3.parquet", f"Mean_4-{last}.parquet", "Mean_9-8.csv", "other.csv"])
    assert found == {
        "Mean_0-3.parquet": PixelRange(0, 3, level),
        f"Mean_4-{last}.parquet": PixelRange(4, last, level),
    }
    # source_id // 2**43 is the pixel of level 8 (Gaia DR3 documentation), of four times as many
    # ids for each level below.
    ids_a_pixel = 2**43 * 4 ** (8 - level)
    assert found["Mean_0-3.parquet"].holds(np.array([4 * ids_a_pixel - 1]))
    assert not found["Mean_0-3.parquet"].holds(np.array([4 * ids_a_pixel]))


def test_the_same_spectra_in_other_formats_are_left_aside(server):
    server.files |= {"XpContinuousMeanSpectrum_000000-003111.fits": b"x", "_citation.txt": b"x"}
    server.files |= {"readme.txt": b"x"}
    bulk = open_bulk(server.url, CONFIG)
    assert [file.name for file in bulk.files] == NAMES
    assert "left aside, 2 files called otherwise" in bulk.notes[0]
    assert FOLDER in bulk.notes[0]


def test_a_password_in_an_address_is_refused():
    with pytest.raises(ConfigError, match="an address without user and password"):
        open_bulk("https://hubble:redshift@cdn.org/Gaia/")
