"""A bulk file comes whole, or not at all, whatever the line and the server do."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from core.data.archive import bulk_bytes
from core.data.archive.bulk import BulkFile
from core.data.archive.bulk_bytes import ServerError
from core.data.archive.bulk_file import BESIDE, bring, forget
from core.data.archive.config import ArchiveConfig
from core.errors import DataError
from tests.support.archive_bulk import BulkServer, pack

NAME = "Spectra_0-9.csv.gz"


@pytest.fixture
def content():
    return pack(np.random.default_rng(1).bytes(200_000))


@pytest.fixture
def server(content):
    with BulkServer({NAME: content}) as server:
        yield server


@pytest.fixture
def config(server):
    return ArchiveConfig(server=server.url, tries=3, first_wait_s=0, timeout_s=10)


@pytest.fixture
def file(server, content):
    return BulkFile(NAME, server.url + NAME, digest=hashlib.md5(content).hexdigest())


def ranges(server):
    return [asked for _, asked in server.bytes_asked()]


PASSING = ["busy", "gone", "cut", "empty", "notice", "trickle", "silent"]


@pytest.mark.parametrize("trouble", PASSING)
def test_what_passes_is_tried_again(server, config, file, content, tmp_path, trouble):
    server.trouble = {NAME: [trouble, trouble]}
    if trouble in ("trickle", "silent"):
        config = replace(config, timeout_s=0.2)
    said = []
    bring(file, tmp_path / NAME, config, said.append)
    assert (tmp_path / NAME).read_bytes() == content
    assert len(server.asked) == 3
    assert len(said) == 2
    assert all(sentence.startswith(f"{NAME}: Trying again in 0 s: ") for sentence in said)


@pytest.mark.parametrize("trouble", PASSING[:5])
def test_patience_has_an_end(server, config, file, tmp_path, trouble):
    server.trouble = {NAME: [trouble] * 3}
    error = ServerError if trouble == "gone" else DataError
    with pytest.raises(error, match=r"(could not be reached|gave no usable answer) in 3 tries"):
        bring(file, tmp_path / NAME, config)
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("trouble", "error", "words"),
    [
        ("final", DataError, r"refuses it \(HTTP 500\): Unknown release: gdr3"),
        ("missing", DataError, r"refuses it \(HTTP 404\): Not Found"),
        ("forbidden", ServerError, r"refuses it \(HTTP 403\)"),
        ("login", ServerError, "answered with a page to log in"),
        ("elsewhere", DataError, r"sent us on to http://192\.0\.2\.1"),
    ],
)
def test_what_is_final_ends_at_once(
    server, config, file, tmp_path, monkeypatch, trouble, error, words
):
    monkeypatch.setattr("time.sleep", lambda _: pytest.fail("waited"))
    server.trouble = {NAME: [trouble]}
    with pytest.raises(error, match=words):
        bring(file, tmp_path / NAME, config)
    assert len(server.asked) == 1


@pytest.mark.parametrize("validators", [("ETag", "Last-Modified"), ("Last-Modified",), ()])
def test_it_goes_on_where_the_line_broke(server, config, file, content, tmp_path, validators):
    server.validators = validators
    server.trouble = {NAME: ["cut", "cut"]}
    come, said = [], []
    bring(file, tmp_path / NAME, config, said.append, lambda *told: come.append(told))
    half = len(content) // 2
    assert said[0].endswith(f"0 s: broke off after {half:,} of {len(content):,} bytes")
    assert ranges(server) == [None, f"bytes={half}-", f"bytes={half + (len(content) - half) // 2}-"]
    assert come[-1] == (len(content), len(content))
    assert (tmp_path / NAME).read_bytes() == content


@pytest.mark.parametrize("reason", ["no ranges", "nothing tells that it is the same"])
def test_where_it_cannot_go_on_it_begins_anew(server, config, file, content, tmp_path, reason):
    server.trouble = {NAME: ["cut"]}
    if reason == "no ranges":
        server.ranges = False
    else:
        server.validators, file = (), replace(file, digest="")
    bring(file, tmp_path / NAME, config)
    half = f"bytes={len(content) // 2}-"
    assert ranges(server) == [None, half if reason == "no ranges" else None]
    assert (tmp_path / NAME).read_bytes() == content


@pytest.mark.parametrize("validators", [("ETag",), ("Last-Modified",)])
def test_a_file_that_changes_midway_is_not_mixed(server, config, file, tmp_path, validators):
    server.validators = validators
    server.trouble = {NAME: ["cut"]}
    other = pack(np.random.default_rng(2).bytes(150_000))
    file = replace(file, digest=hashlib.md5(other).hexdigest())

    def say(_):
        server.files[NAME] = other

    bring(file, tmp_path / NAME, config, say)
    assert (tmp_path / NAME).read_bytes() == other


def test_a_file_that_has_become_shorter_begins_anew(server, config, file, tmp_path):
    server.validators = ()
    server.trouble = {NAME: ["cut"]}
    other = pack(b"short")
    file = replace(file, digest=hashlib.md5(other).hexdigest())
    bring(file, tmp_path / NAME, config, lambda _: server.files.update({NAME: other}))
    assert (tmp_path / NAME).read_bytes() == other
    assert len(server.asked) == 3  # one of them for bytes that are not there


def test_a_wrong_checksum_is_brought_once_more_and_told(server, config, file, tmp_path):
    said = []
    with pytest.raises(DataError, match=r"its checksum is wrong: expected 0{32}.*, 2 times"):
        bring(replace(file, digest="0" * 32), tmp_path / NAME, config, said.append)
    assert said == [f"{NAME}: its checksum is wrong, so it is brought once more."]
    assert not list(tmp_path.iterdir())


def test_damage_on_the_way_is_mended(server, config, file, content, tmp_path):
    server.files[NAME] = content[:-9] + b"x" + content[-8:]
    bring(file, tmp_path / NAME, config, lambda _: server.files.update({NAME: content}))
    assert (tmp_path / NAME).read_bytes() == content


def test_a_broken_off_start_is_gone_on_with(server, config, file, content, tmp_path):
    def stop(done, size):
        if done > size / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(file, tmp_path / NAME, config, told=stop)
    have = (tmp_path / f".{NAME}.part").stat().st_size
    bring(file, tmp_path / NAME, config)
    assert ranges(server) == [None, f"bytes={have}-"]
    assert (tmp_path / NAME).read_bytes() == content
    bring(file, tmp_path / NAME, config)
    assert len(server.asked) == 2  # it is there
    newer = replace(file, digest=hashlib.md5(b"another").hexdigest())
    with pytest.raises(DataError, match="its checksum is wrong"):
        bring(newer, tmp_path / NAME, config)
    assert not (tmp_path / NAME).exists()  # the older one is none
    forget(tmp_path / NAME)
    assert not list(tmp_path.iterdir())


def test_a_line_that_breaks_often_is_no_trouble_while_bytes_come(
    server, config, file, content, tmp_path, monkeypatch
):
    monkeypatch.setattr(bulk_bytes, "MIN_GAIN_BYTES", 1000)
    server.trouble = {NAME: ["cut"] * 5}
    bring(file, tmp_path / NAME, config)
    assert len(server.asked) == 6
    assert (tmp_path / NAME).read_bytes() == content


@pytest.mark.parametrize("name", [NAME, f".{NAME}.part", f".{NAME}.begun", f"..{NAME}.begun"])
def test_what_lies_beside_a_file_is_told_by_its_name(name):
    assert BESIDE.sub(r"\1", name) == NAME
