"""Which files are meant: folders, links, HATS catalogues, pipes; what is left aside, and said."""

import io
import os
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest

from core.data.spectra.files import open_spectra
from core.data.tables.folders import find_files
from core.errors import DataError, NotATable
from tests.support.spectra_files import read_spectra

IDS = 2**61 + np.arange(4)


def spectra(rows=slice(None)):
    """Return a table of spectra, their first flux being 0, 1, 2, 3."""
    flux = np.ones((4, 186)) * np.arange(4)[:, np.newaxis]
    return pd.DataFrame({"source_id": IDS[rows], "flux": list(flux[rows])})


def per_sample(rows=slice(None)):
    table = spectra(rows)
    flux = np.stack(table.pop("flux"))
    return table.join(pd.DataFrame(flux, table.index, [f"flux_{i}" for i in range(186)]))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mine"
    (folder / "2026" / "may").mkdir(parents=True)
    (folder / "empty").mkdir()
    per_sample().to_csv(folder / "a.csv", index=False)
    per_sample().to_csv(folder / "2026" / "b.csv", index=False)
    per_sample().to_csv(folder / "2026" / "may" / "c.csv", index=False)
    return folder


def names(files):
    return [path.name for path in files]


class TestFolders:
    def test_folders_in_it_only_on_request(self, folder):
        files = find_files([folder])
        assert names(files) == ["a.csv"]
        (note,) = files.notes
        assert note.endswith("mine: left aside, folders (--recursive reads them): 2026, empty.")
        files = find_files([folder], recursive=True)
        assert names(files) == ["b.csv", "c.csv", "a.csv"]
        assert not files.notes
        assert files.listed == set(files)

    def test_only_folders_in_it_says_how_to_read_them(self, folder):
        (folder / "a.csv").unlink()
        (folder / "empty").rmdir()
        with pytest.raises(DataError, match=r"found only folders \(2026\)\. Add --recursive"):
            find_files([folder])

    def test_columns_that_names_of_folders_tell_are_said(self, tmp_path):
        table = per_sample().assign(field=["a", "a", "b", "b"])
        table.to_parquet(tmp_path / "hive", partition_cols=["field"])
        files = find_files([tmp_path / "hive"], recursive=True)
        assert len(files) == 2
        (note,) = files.notes
        assert note.endswith("columns that only the names of folders tell are not read: field.")

    def test_links_to_folders_do_not_go_round(self, folder):
        (folder / "2026" / "up").symlink_to(folder)
        assert names(find_files([folder], recursive=True)) == ["b.csv", "c.csv", "a.csv"]

    def test_litter_is_not_listed_and_others_are_named(self, folder):
        for litter in (".DS_Store", "Thumbs.db", "desktop.ini", "~$a.csv", "._a.csv", "a.csv~"):
            (folder / litter).write_bytes(b"\0")
        for other in ("plot.png", "paper.pdf", "run.py", "notes.md", "e.x", "f.y"):
            (folder / other).write_bytes(b"\0")
        files = find_files([folder], recursive=True)
        assert names(files) == ["b.csv", "c.csv", "a.csv"]
        other, hidden = files.notes
        assert hidden.endswith("mine: 2 hidden files left aside.")
        assert other.endswith(
            "left aside, no tables by their names: e.x, f.y, notes.md, paper.pdf, plot.png and 1 "
            "more."
        )

    def test_prose_is_found_out_when_it_is_opened(self, folder):
        (folder / "README.txt").write_text("Downloaded on Monday.\n")
        files = find_files([folder])
        assert names(files) == ["README.txt", "a.csv"]
        with pytest.raises(NotATable) as caught:
            open_spectra(files[0])
        assert caught.value.aside == (
            "README.txt: left aside, it is text that is no table ('Downloaded on Monday.'...)."
        )

    def test_a_link_to_nothing_is_listed_and_refused(self, folder):
        (folder / "gone.csv").symlink_to(folder / "nothing.csv")
        files = find_files([folder])
        assert names(files) == ["a.csv", "gone.csv"]
        with pytest.raises(DataError, match=r"gone.csv: the file cannot be opened"):
            open_spectra(files[1])


class TestOneFileByTwoWays:
    def test_counts_once_and_is_said(self, folder, monkeypatch):
        real = folder / "a.csv"
        (folder / "link.csv").symlink_to(real)
        os.link(real, folder / "hard.csv")
        around = folder / "2026" / ".." / "a.csv"
        files = find_files([real, real, around, folder / "link.csv", folder / "hard.csv"])
        assert files == [real]
        assert files.notes == [
            f"{real}: given twice, read once.",
            f"{around}: the same file as {real}, read once.",
            f"{folder / 'link.csv'}: the same file as {real}, read once.",
            f"{folder / 'hard.csv'}: the same file as {real}, read once.",
        ]
        monkeypatch.chdir(folder)
        assert find_files(["a.csv", real]) == [type(real)("a.csv")]

    def test_within_a_folder(self, folder):
        (folder / "link.csv").symlink_to(folder / "a.csv")
        assert names(find_files([folder, folder / "a.csv"])) == ["a.csv"]


class TestHats:
    @pytest.fixture
    def catalogue(self, tmp_path):
        """Return a HATS catalogue of four spectra in three leaves, with what lies beside them."""
        root = tmp_path / "gaia_xp"
        leaves = {
            "Norder=1/Dir=0/Npix=4.parquet": slice(0, 2),
            "Norder=1/Dir=0/Npix=30.parquet": slice(2, 3),
            "Norder=2/Dir=10000/Npix=10007/part0.parquet": slice(3, 4),
        }
        for leaf, rows in leaves.items():
            path = root / "dataset" / leaf
            path.parent.mkdir(parents=True, exist_ok=True)
            spectra(rows).to_parquet(path, index=False)
        spectra().to_parquet(root / "dataset" / "data_thumbnail.parquet")
        spectra(slice(0, 0)).to_parquet(root / "dataset" / "_metadata")
        spectra(slice(0, 0)).to_parquet(root / "dataset" / "_common_metadata")
        (root / "hats.properties").write_text("obs_collection=gaia_xp\n")
        (root / "properties").write_text("obs_collection=gaia_xp\n")
        (root / "partition_info.csv").write_text("Norder,Npix\n1,4\n1,30\n2,10007\n")
        (root / "point_map.fits").write_bytes(b"SIMPLE  =")
        return root

    @pytest.mark.parametrize("given", ["", "dataset"])
    def test_is_read_as_one_table_by_pixel(self, catalogue, given):
        files = find_files([catalogue / given])
        assert files == [catalogue / given]
        file = open_spectra(files[0])
        (table,) = file.tables
        assert table.table.name == (given or "gaia_xp")
        assert (file.n_rows, file.refused, file.left_aside) == (4, (), ())
        assert [len(part) for part in file.chunks(10)] == [2, 1, 1]
        found = read_spectra(files[0])
        assert found.source_id.tolist() == IDS.tolist()
        assert found.flux[:, 0].tolist() == [0, 1, 2, 3]

    def test_in_a_folder(self, catalogue, tmp_path):
        per_sample().to_csv(tmp_path / "a.csv", index=False)
        for recursive in (False, True):
            files = find_files([tmp_path], recursive=recursive)
            assert names(files) == ["a.csv", "gaia_xp"]

    def test_of_a_collection_the_primary_table_alone(self, catalogue):
        collection = catalogue.parent / "collection"
        collection.mkdir()
        catalogue.rename(collection / "gaia_xp")
        margin = collection / "margin" / "dataset" / "Norder=1" / "Dir=0"
        margin.mkdir(parents=True)
        spectra().to_parquet(margin / "Npix=4.parquet")
        (collection / "collection.properties").write_text(
            "#HATS\nobs_collection=x\nhats_primary_table_url=gaia_xp\nall_margins=margin\n"
        )
        (path,) = find_files([collection])
        assert len(read_spectra(path)) == 4

    def test_columns_must_be_those_of_all_files(self, catalogue):
        leaf = catalogue / "dataset" / "Norder=1" / "Dir=0" / "Npix=30.parquet"
        spectra(slice(2, 3)).assign(z=0.1).to_parquet(leaf, index=False)
        with pytest.raises(DataError, match=r"Npix=30.parquet: expected the same columns .* z in"):
            open_spectra(catalogue)

    def test_a_damaged_leaf_is_named(self, catalogue):
        leaf = catalogue / "dataset" / "Norder=1" / "Dir=0" / "Npix=30.parquet"
        leaf.write_bytes(leaf.read_bytes()[:500])
        with pytest.raises(DataError, match=r"Npix=30.parquet: cannot be read as parquet"):
            open_spectra(catalogue)

    def test_other_folders_are_no_table(self, folder):
        with pytest.raises(DataError, match="expected a file, received a folder"):
            open_spectra(folder)


READS = (
    "import sys; from core.data.spectra.files import open_spectra\n"
    "from core.data.tables.folders import find_files\n"
    "print([c.source_id.tolist() for f in find_files(sys.argv[1:])"
    " for c in open_spectra(f).chunks()])"
)


class TestPipes:
    @pytest.mark.parametrize(
        ("given", "form"), [("-", "csv"), ("/dev/stdin", "csv"), ("-", "parquet"), ("-", "gz")]
    )
    def test_standard_input(self, given, form):
        table = io.BytesIO()
        if form == "parquet":
            spectra().to_parquet(table)
        else:
            per_sample().to_csv(table, index=False, compression="gzip" if form == "gz" else None)
        done = subprocess.run(
            [sys.executable, "-c", READS, given], input=table.getvalue(), stdout=-1, check=True
        )
        assert done.stdout.decode().strip() == str([IDS.tolist()])

    def test_a_file_as_standard_input(self, folder):
        with (folder / "a.csv").open() as file:
            done = subprocess.run(
                [sys.executable, "-c", READS, "-"], stdin=file, stdout=-1, check=True
            )
        assert done.stdout.decode().strip() == str([IDS.tolist()])

    def test_a_named_pipe(self, folder, tmp_path):
        os.mkfifo(tmp_path / "pipe")
        content = (folder / "a.csv").read_bytes()
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=[content])
        writer.start()
        assert read_spectra(tmp_path / "pipe").source_id.tolist() == IDS.tolist()
        writer.join()

    def test_an_empty_one_says_so(self):
        with pytest.raises(DataError, match=r"^/dev/null: the pipe is empty: the command"):
            open_spectra("/dev/null")
