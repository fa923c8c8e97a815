"""The dashboard's process stays light: no Keras, no training library, whatever is visited."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.apps import ROOT

MEGABYTES = 500

# With the shipped data set and runs; networks run in ONNX Runtime, not in Keras.
VISIT = """
import sys
import psutil
from tests.support import apps

apps.prepare_streamlit()

def visit(screen, **address):
    app = apps.open_screen(screen, **address)
    assert not app.exception, (screen, address, app.exception)
    assert not app.error, (screen, address, [each.value for each in app.error])
    return app

visit("home")  # the first page that people wait for
assert not {"scipy.stats", "sklearn", "pyvo"} & set(sys.modules)
for screen in sys.argv[1:]:
    visit(screen)
for section in ("Redshifts", "Average spectra", "Single spectrum", "Split", "Add data"):
    visit("data", section=section)
for run, on in (
    ("compact-20k", "Data set in use"), ("dissertation-20k", "Test part of the run")
):
    app = visit("train", view="Runs", run=run)
    assert app.selectbox(key="run").value == run
    for tab in (
        *("Errors by redshift", "Predicted and true", "Residuals"),
        *("Intervals", "p(z)", "High redshift", "Wavelengths", "Training", "Settings"),
    ):
        app = visit("evaluate", run=run, on=on, show=tab)
        assert app.selectbox(key="run").value == run
        assert app.segmented_control(key="on").value == on
        assert app.metric
app = visit("evaluate", run="compact-20k", on="Data set in use", leave_out="false")
assert any("20,000 galaxies**" in each.value for each in app.markdown)
app = visit("predict", run="dissertation-20k")
app.button(key="sample").click().run()
app.button(key="predict_start").click().run()
assert not app.exception and not app.error, [each.value for each in app.error]
assert any("z_lower" in each.value for each in app.dataframe)
assert len(app.get("plotly_chart")) == 1
assert "onnxruntime" in sys.modules
heavy = {"keras", "tensorflow", "jax", "torch", "gaiaxpy", "kcorrect", "skypy"}
print("heavy:", sorted(heavy & set(sys.modules)))
print("megabytes:", psutil.Process().memory_info().rss // 2**20)
"""


def test_no_screen_imports_keras_or_takes_much_memory(folders: Path) -> None:
    screens = sorted(path.stem for path in (ROOT / "dashboard" / "views").glob("*.py"))
    assert {"home", "data", "train", "evaluate", "predict"} <= set(screens)
    done = subprocess.run(
        [sys.executable, "-c", VISIT, *screens],
        cwd=folders,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *_, heavy, memory = done.stdout.splitlines()
    assert heavy == "heavy: []"
    assert int(memory.removeprefix("megabytes: ")) < MEGABYTES
