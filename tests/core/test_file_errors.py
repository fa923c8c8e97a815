import errno
import os
import socket
import ssl

import pytest

from core.errors import XpzError
from core.file_errors import WORDS, FileError, number_of, sentence_of, writing
from core.stored import UnreadableError, reading


def failed(path, error):
    with writing(path):
        raise error


def test_a_sentence_names_the_file_the_reason_and_what_to_do(tmp_path):
    path = tmp_path / "z.csv"
    with pytest.raises(FileError) as caught:
        failed(path, OSError(errno.ENOSPC, "No space left on device"))
    told = str(caught.value)
    assert told.startswith(f"{path}: cannot be written: no space is left on the disk of {tmp_path}")
    assert told.endswith("Free some space there, or choose another folder.")
    assert isinstance(caught.value, XpzError)
    assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("number", sorted(WORDS))
def test_every_known_reason_is_a_sentence(number, tmp_path):
    told = sentence_of(OSError(number, os.strerror(number), str(tmp_path / "file")))
    assert told.startswith(f"{tmp_path / 'file'}: ")
    assert told.endswith(".")
    assert "Errno" not in told
    assert "{" not in told
    assert os.strerror(number) not in told


def test_what_is_hidden_beside_a_file_is_the_file(tmp_path):
    path = tmp_path / "model.onnx"
    error = OSError(errno.EROFS, "Read-only", str(tmp_path / ".onnx-abc" / "whole.onnx"))
    with pytest.raises(FileError, match=rf"^{path}: cannot be written: "):
        failed(path, error)
    other = PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "read.csv"))
    with pytest.raises(FileError, match=rf"^{tmp_path / 'read.csv'}: you have no permission"):
        failed(path, other)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"),
        TimeoutError("timed out"),
        ssl.SSLError("handshake"),
        socket.gaierror(-2, "Name or service not known"),
        OSError(errno.ENETUNREACH, "Network is unreachable"),
    ],
)
def test_what_a_network_says_passes_through(error, tmp_path):
    with pytest.raises(type(error)) as caught:
        failed(tmp_path / "file", error)
    assert caught.value is error


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Unable to write (file write failed: errno = 28, error message = 'No space')", 28),
        ("[Errno 27] Error writing bytes to file", 27),
        ("186 requested and 12 written", errno.ENOSPC),
        ("the disk is full", None),
    ],
)
def test_libraries_put_the_number_into_their_text(text, number):
    assert number_of(OSError(text)) == number


def test_a_file_that_cannot_be_read_now_is_not_called_damaged(tmp_path):
    with (
        pytest.raises(UnreadableError) as caught,
        reading(tmp_path / "config.json", "Copy it again."),
    ):
        raise OSError(errno.EMFILE, "Too many open files")
    told = str(caught.value)
    assert "cannot be read: this process has too many files open" in told
    assert "damaged" not in told
    assert "Copy it again" not in told
