import io
import json
import os
import shutil
import stat
import tracemalloc
import zipfile

import numpy as np
import onnx
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from core.errors import RunError
from core.evaluation.metrics import HEADLINE
from core.runs import Run, list_runs, open_run
from core.sharing import bundle as module
from core.sharing.acceptance import MAX_GALAXIES
from core.sharing.bundle import MANIFEST, export_bundle, import_bundle

ID = "mixture-run"

pytestmark = pytest.mark.usefixtures("read_here")


@pytest.fixture(scope="module")
def exported(finished, tmp_path_factory):
    """The bundle of a complete run."""
    path = tmp_path_factory.mktemp("bundle") / "run.zip"
    export_bundle(finished, path)
    return path


@pytest.fixture
def members(exported):
    """The files of the bundle by name, for tests to change."""
    with zipfile.ZipFile(exported) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def packed(members, links=()):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            info = zipfile.ZipInfo(name)
            if name in links:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return buffer


def resealed(members, **changed):
    """The bundle with other contents, whose manifest vouches for them."""
    members = members | {f"{ID}/{name}": content for name, content in changed.items()}
    manifest = json.loads(members[f"{ID}/{MANIFEST}"])
    manifest["files"] = {
        name.partition("/")[2]: module.hashlib.sha256(content).hexdigest()
        for name, content in members.items()
        if not name.endswith(MANIFEST)
    }
    return packed(members | {f"{ID}/{MANIFEST}": json.dumps(manifest).encode()})


def refused(file, root, match):
    with pytest.raises(RunError, match=match) as caught:
        import_bundle(file, root)
    assert not root.exists() or os.listdir(root) == []
    assert ".import" not in str(caught.value)


def test_a_run_comes_out_of_its_bundle_as_it_went_in(finished, exported, tmp_path):
    run = import_bundle(exported, tmp_path / "runs")
    assert run == open_run(tmp_path / "runs", ID)
    assert os.listdir(run.root) == [ID]
    for path in finished.path.iterdir():
        if path.suffix != ".lock":
            assert (run.path / path.name).read_bytes() == path.read_bytes()
    more = [path for path in run.path.iterdir() if not (finished.path / path.name).exists()]
    assert more == [run.imported_path]
    assert run.is_imported
    assert not finished.is_imported


def test_the_same_run_gives_the_same_bundle(finished, exported):
    buffer = io.BytesIO()
    export_bundle(finished, buffer)
    assert buffer.getvalue() == exported.read_bytes()


def test_what_people_wrote_travels_along(finished, tmp_path):
    run = Run(shutil.copytree(finished.path, tmp_path / "here" / ID))
    run.annotate(name="Best", tags=("paper",), notes="See section 4.")
    export_bundle(run, tmp_path / "run.zip")
    assert import_bundle(tmp_path / "run.zip", tmp_path / "there").annotations().name == "Best"


def test_only_a_complete_run_is_exported(make_run, tmp_path):
    out = tmp_path / "run.zip"
    with pytest.raises(RunError, match="'toy' is not complete"):
        export_bundle(make_run(), out)
    run = make_run("other")
    run.write_summary({})
    with pytest.raises(RunError, match=r"'other' has no metrics\.jsonl"):
        export_bundle(run, out)
    assert not out.exists()


def test_a_run_that_is_here_already_is_refused_and_another_of_its_id_gets_a_new_one(
    exported, members, tmp_path
):
    root = tmp_path / "runs"
    first = import_bundle(exported, root)
    with pytest.raises(RunError, match="'mixture-run' already exists"):
        import_bundle(exported, root)
    config = json.loads(members[f"{ID}/config.json"]) | {"name": "Another"}
    second = import_bundle(resealed(members, **{"config.json": json.dumps(config).encode()}), root)
    assert second.run_id != first.run_id
    assert second.run_id.startswith("mixture-run-")
    assert second.config.run_id == second.run_id
    assert second.config.name == "Another"
    assert {run.run_id for run in list_runs(root)} == {first.run_id, second.run_id}
    elsewhere = import_bundle(
        resealed(members, **{"config.json": json.dumps(config).encode()}),
        tmp_path / "more",
        others=(root,),
    )
    assert elsewhere.run_id != first.run_id


@pytest.mark.parametrize(
    "name", ["model.onnx", "predictions.parquet", "config.json", "model.keras", "scaler.npz"]
)
def test_a_changed_file_is_refused_by_name(members, tmp_path, name):
    content = bytearray(members[f"{ID}/{name}"])
    content[len(content) // 2] ^= 1
    file = packed(members | {f"{ID}/{name}": bytes(content)})
    refused(file, tmp_path / "runs", f"^{name}: has changed since it was exported: expected hash")


def test_bytes_that_rot_in_the_zip_file_are_refused_by_name(exported, tmp_path):
    content = bytearray(exported.read_bytes())
    with zipfile.ZipFile(exported) as archive:
        info = archive.getinfo(f"{ID}/model.onnx")
    content[info.header_offset + 30 + len(info.filename) + info.compress_size // 2] ^= 1
    refused(io.BytesIO(content), tmp_path / "runs", r"^mixture-run/model\.onnx: is damaged")


def test_a_damaged_copy_of_a_run_that_is_here_is_called_damaged(exported, members, tmp_path):
    run = import_bundle(exported, tmp_path / "runs")
    members[f"{ID}/predictions.parquet"] += b"x"
    with pytest.raises(RunError, match=r"^predictions\.parquet: has changed since it was exported"):
        import_bundle(packed(members), tmp_path / "runs")
    assert os.listdir(run.root) == [ID]


def test_what_a_killed_import_left_long_ago_is_removed(exported, tmp_path):
    old, new = (tmp_path / "runs" / f".import-{name}" for name in ("old", "new"))
    for folder in (old, new):
        (folder / ID).mkdir(parents=True)
    os.utime(old, (0, 0))
    run = import_bundle(exported, tmp_path / "runs")
    assert {path.name for path in run.root.iterdir()} == {ID, new.name}


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.999])
def test_a_bundle_that_was_cut_off_is_refused(exported, tmp_path, kept):
    content = exported.read_bytes()
    cut = io.BytesIO(content[: int(kept * len(content)) if kept < 1 else kept])
    match = "Expected a bundle as xpz exports it.* the end of a bundle is missing"
    refused(cut, tmp_path / "runs", match)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.json",
        "/etc/passwd",
        f"{ID}/../../config.json",
        f"{ID}/sub/config.json",
        f"{ID}\\config.json",
        f"{ID}/worker.lock",
        f"{ID}/cancel",
        ".hidden/config.json",
        "config.json",
        f"{ID}/",
        "other/config.json",
    ],
)
def test_names_that_are_none_of_a_runs_are_refused(members, tmp_path, name):
    if name == f"{ID}/":  # what other programs write for the folder itself does no harm
        assert import_bundle(packed({name: b""} | members), tmp_path / "runs").run_id == ID
        return
    refused(packed(members | {name: b"{}"}), tmp_path / "runs", "Expected a bundle")
    assert not (tmp_path / "outside.json").exists()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice_is_refused(members, tmp_path):
    buffer = packed(members)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(f"{ID}/config.json", b"{}")
    refused(buffer, tmp_path / "runs", r"Expected a bundle of one run, received .*config\.json")


def test_a_link_is_refused(members, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("mine")
    name = f"{ID}/worker.log"
    file = packed(members | {name: str(secret).encode()}, links=(name,))
    refused(file, tmp_path / "runs", r"worker\.log: expected a plain file, received a link")


def test_what_unpacks_to_too_much_is_refused_before_it_does(members, tmp_path, monkeypatch):
    most = module.MOST_BYTES["worker.log"]
    file = packed(members | {f"{ID}/worker.log": bytes(most + 1)})
    assert file.getbuffer().nbytes < most / 10
    refused(file, tmp_path / "runs", r"worker\.log: unpacks to 16,777,217 bytes")
    monkeypatch.setattr(module, "MAX_BYTES", 50_000)
    monkeypatch.setattr(module, "check_end", lambda file: None)
    refused(packed(members), tmp_path / "runs", "with which a run has more than the 50,000")


def test_a_size_that_is_a_lie_is_found_out(members, tmp_path):
    content = bytes(10_000_000)
    file = packed(members | {f"{ID}/metrics.jsonl": content})
    lied = file.getvalue().replace(len(content).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    refused(io.BytesIO(lied), tmp_path / "runs", r"metrics\.jsonl: is damaged in the bundle")


def test_a_list_of_very_many_files_is_not_read(members, tmp_path):
    many = packed(members | {f"{ID}/{i}" + 80 * "x": b"" for i in range(800)})
    refused(many, tmp_path / "runs", "it lists far more files than a run has")


def test_another_compression_than_ours_is_refused(members, tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    refused(buffer, tmp_path / "runs", "is packed in a way that bundles never are.")


def with_files(files):
    def change(members):
        return members | {f"{ID}/{MANIFEST}": with_values(members, MANIFEST, files=files)}

    return change


def without(name):
    return lambda members: {key: members[key] for key in members if not key.endswith(name)}


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (without(MANIFEST), r"bundle\.json is missing"),
        (without("calibration.npz"), r"^calibration\.npz: is missing"),
        (lambda members: members | {f"{ID}/worker.log": b"x"}, r"^worker\.log: was added"),
        (lambda members: members | {f"{ID}/{MANIFEST}": b"{"}, r"bundle\.json is damaged"),
        (lambda members: members | {f"{ID}/{MANIFEST}": b"[]"}, "expected a table, received"),
        (with_files(["config.json"]), r"files: expected a table"),
        (lambda members: members | {f"{ID}/{MANIFEST}": 20_000 * b"["}, r"bundle\.json is damaged"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(members, tmp_path, change, match):
    refused(packed(change(members)), tmp_path / "runs", match)


def test_a_bundle_of_the_future_names_the_version_it_needs(members, tmp_path):
    manifest = json.loads(members[f"{ID}/{MANIFEST}"]) | {"format": 2, "xpz_version": "9.1"}
    file = packed(members | {f"{ID}/{MANIFEST}": json.dumps(manifest).encode()})
    refused(file, tmp_path / "runs", r"received 2: it was exported by xpz 9\.1")


def text(values):
    return json.dumps(values).encode()


def with_values(members, name, /, **values):
    return text(json.loads(members[f"{ID}/{name}"]) | values)


def with_evaluation(members, **values):
    evaluation = json.loads(members[f"{ID}/summary.json"])["evaluation"]
    return with_values(members, "summary.json", evaluation=evaluation | values)


def outward(content):
    """The network with its weights in another file."""
    model = onnx.load_model_from_string(content)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return model.SerializeToString()


def with_loop(content):
    """The network with a program inside."""
    model = onnx.load_model_from_string(content)
    inside = onnx.helper.make_graph([], "inside", [], [])
    node = onnx.helper.make_node("If", ["c"], ["d"], then_branch=inside, else_branch=inside)
    model.graph.node.append(node)
    return model.SerializeToString()


def with_function(content):
    """The network with a layer of its own making."""
    model = onnx.load_model_from_string(content)
    opset = onnx.helper.make_opsetid("", 13)
    model.functions.append(onnx.helper.make_function("", "Own", [], [], [], [opset]))
    return model.SerializeToString()


def pickled():
    buffer = io.BytesIO()
    np.savez(buffer, steps=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return buffer.getvalue()


def header(shape):
    buffer = io.BytesIO()
    values = {"shape": shape, "fortran_order": False, "descr": "<i8"}
    np.lib.format.write_array_header_1_0(buffer, values)
    return buffer.getvalue()


def array(name, content):
    return packed({name: content}).getvalue()


def alike(n):
    """A small file of many galaxies, all the same."""
    buffer = io.BytesIO()
    one = pa.DictionaryArray.from_arrays(pa.nulls(n, pa.int8()).fill_null(0), pa.array([0.1]))
    pq.write_table(pa.table({"source_id": one, "z_spec": one, "z_pred": one}), buffer)
    return buffer.getvalue()


def pointed(members):
    """The settings of the run, with another head."""
    recipe = json.loads(members[f"{ID}/config.json"])["recipe"]
    recipe["network"]["head"], recipe["training"]["loss"] = "point", "huber"
    return recipe


def predictions(frame, **columns):
    buffer = io.BytesIO()
    frame.assign(**columns).to_parquet(buffer)
    return buffer.getvalue()


CONTENTS = {
    "no network": ("model.onnx", lambda m, run: b"not a network", r"^model\.onnx: "),
    "weights elsewhere": (
        "model.onnx",
        lambda m, run: outward(m[f"{ID}/model.onnx"]),
        "Expected a network in one file",
    ),
    "a function": (
        "model.onnx",
        lambda m, run: with_function(m[f"{ID}/model.onnx"]),
        "Expected layers",
    ),
    "a loop": (
        "model.onnx",
        lambda m, run: with_loop(m[f"{ID}/model.onnx"]),
        r"^model\.onnx: .* Expected operators that xpz exports, received 'If'",
    ),
    "a number of outputs that the settings do not say": (
        "config.json",
        lambda m, run: with_values(m, "config.json", recipe=pointed(m)),
        r"^model\.onnx: .* Expected a network with the head 'point'",
    ),
    "an array of another size than it says": (
        "seen.npz",
        lambda m, run: array("steps.npy", header(shape=(10**9,)) + bytes(8)),
        r"^\*\.npz: .*seen\.npz: 'steps\.npy': expected 8,000,000,000 bytes of numbers, received 8",
    ),
    "much in little": (
        "scaler.npz",
        lambda m, run: array("mean_.npy", header(shape=(2**21,)) + bytes(2**24)),
        r"^\*\.npz: .*scaler\.npz: unpacks to more than 8,388,608 bytes",
    ),
    "no array": (
        "calibration.npz",
        lambda m, run: array("header.npy", b"no array"),
        r"^\*\.npz: .*calibration\.npz: 'header\.npy': expected an array of numbers",
    ),
    "pickled": ("seen.npz", lambda m, run: pickled(), r"^\*\.npz: .*seen\.npz"),
    "no npz": ("scaler.npz", lambda m, run: b"no npz", r"^\*\.npz: "),
    "ill config": (
        "config.json",
        lambda m, run: with_values(m, "config.json", colour=1),
        r"^config\.json: .*unknown setting 'colour'",
    ),
    "a name that leads elsewhere": (
        "config.json",
        lambda m, run: with_values(m, "config.json", run_id="../other"),
        "Expected a run id",
    ),
    "at work": (
        "status.json",
        lambda m, run: with_values(m, "status.json", state="failed"),
        "Expected a run that is done, received one that is failed",
    ),
    "no error": (
        "summary.json",
        lambda m, run: with_values(m, "summary.json", evaluation={"n": 3}),
        r"summary\.json: evaluation: '\w+' is missing",
    ),
    "no number for an error": (
        "summary.json",
        lambda m, run: with_evaluation(m, mae=None),
        "evaluation: mae: expected a number, received None",
    ),
    "a number beyond all": (
        "summary.json",
        lambda m, run: with_evaluation(m, mae=10**400),
        "too large",
    ),
    "three ends of an interval": (
        "summary.json",
        lambda m, run: with_evaluation(m, intervals={key: [0.1, 0.2, 0.3] for key in HEADLINE}),
        r"^summary\.json: ",
    ),
    "half a character": (
        "config.json",
        lambda m, run: with_values(m, "config.json", name="\ud800"),
        r"^config\.json: .*surrogates not allowed",
    ),
    "no time": (
        "status.json",
        lambda m, run: with_values(m, "status.json", started="yesterday"),
        r"^status\.json: ",
    ),
    "text for a number": (
        "summary.json",
        lambda m, run: with_values(m, "summary.json", parameters="<b>many</b>"),
        "parameters: expected a number",
    ),
    "no metrics": ("metrics.jsonl", lambda m, run: b'{"epoch": "one"}\n', r"^metrics\.jsonl: "),
    "no table": ("predictions.parquet", lambda m, run: b"PAR1", r"^predictions\.parquet: "),
    "a foreign column": (
        "predictions.parquet",
        lambda m, run: predictions(run.predictions(), name="<b>"),
        "received 'name'",
    ),
    "more galaxies than a laptop holds": (
        "predictions.parquet",
        lambda m, run: alike(MAX_GALAXIES + 1),
        "expected at most 5,000,000 rows, found 5,000,001",
    ),
    "no redshifts": (
        "predictions.parquet",
        lambda m, run: predictions(run.predictions(), z_pred=np.nan),
        "Expected finite redshifts",
    ),
    "tags for a text": (
        "annotations.json",
        lambda m, run: text({"tags": "a"}),
        r"^annotations\.json: .*expected a list",
    ),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_contents_that_no_screen_could_show_are_refused(finished, members, tmp_path, case):
    name, make, match = CONTENTS[case]
    refused(resealed(members, **{name: make(members, finished)}), tmp_path / "runs", match)


@pytest.mark.parametrize("name", ["model.onnx", "model.keras", "seen.npz", "predictions.parquet"])
def test_a_member_of_900_mb_is_refused_before_it_is_unpacked(members, tmp_path, monkeypatch, name):
    with zipfile.ZipFile(tmp_path / "run.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for member, content in members.items():
            if not member.endswith(f"/{name}"):
                file.writestr(member, content)
        with file.open(f"{ID}/{name}", "w") as large:
            for _ in range(9):
                large.write(bytes(10**6))
    # Nine for nine hundred, for the sake of the time that packing them takes.
    monkeypatch.setitem(module.MOST_BYTES, name, module.MOST_BYTES[name] // 100)
    monkeypatch.setattr(module, "pieces", None)
    refused(tmp_path / "run.zip", tmp_path / "runs", f"{name}: unpacks to 9,000,000 bytes")
    assert module.MOST_BYTES[name] * 100 < 900_000_000


def test_files_are_packed_and_unpacked_a_piece_at_a_time(finished, tmp_path):
    run = Run(shutil.copytree(finished.path, tmp_path / "here" / ID))
    run.model_path.write_bytes(bytes(100_000_000))
    tracemalloc.start()
    try:
        export_bundle(run, tmp_path / "run.zip")
        import_bundle(tmp_path / "run.zip", tmp_path / "there")
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def test_a_bundle_cannot_say_whose_network_it_holds(members, tmp_path):
    file = resealed(members, **{"imported.json": b"{}"})
    refused(file, tmp_path / "runs", r"received 'mixture-run/imported\.json' in it")


def test_an_imported_run_can_be_handed_on(exported, tmp_path):
    run = import_bundle(exported, tmp_path / "runs")
    export_bundle(run, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == exported.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("model.onnx", b"garbage", r"model\.onnx: the run cannot be exported.* Expected a network"),
        ("worker.log", bytes(2**24 + 1), r"worker\.log has 16,777,217 bytes; a bundle may hold at"),
    ],
)
def test_what_nobody_could_import_is_not_packed(finished, tmp_path, name, content, match):
    run = Run(shutil.copytree(finished.path, tmp_path / "here" / ID))
    (run.path / name).write_bytes(content)
    with pytest.raises(RunError, match=match):
        export_bundle(run, tmp_path / "run.zip")
    assert os.listdir(tmp_path) == ["here"]


def test_an_import_that_fails_leaves_the_other_runs_alone(exported, members, tmp_path):
    run = import_bundle(exported, tmp_path / "runs")
    before = {path: path.read_bytes() for path in run.path.iterdir()}
    config = json.loads(members[f"{ID}/config.json"]) | {"colour": 1}
    with pytest.raises(RunError, match="colour"):
        import_bundle(resealed(members, **{"config.json": text(config)}), run.root)
    assert {path: path.read_bytes() for path in run.path.iterdir()} == before
    assert os.listdir(run.root) == [ID]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RunError, match=r"There is no file .*none\.zip"):
        import_bundle(tmp_path / "none.zip", tmp_path / "runs")
