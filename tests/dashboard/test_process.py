"""The dashboard's process stays light: no Keras, no training library, whatever is visited."""

import subprocess
import sys
from pathlib import Path

import pytest

VISIT = """
import sys
from streamlit.testing.v1 import AppTest

app = AppTest.from_file(sys.argv[1], default_timeout=60).run()
for screen in sys.argv[2:]:
    app.switch_page(f"views/{screen}").run()
    assert not app.exception, (screen, app.exception)
for section in ("Average spectra", "Single spectrum", "Split", "Add data"):
    app.query_params["section"] = section
    app.switch_page("views/data.py").run()
    assert not app.exception, (section, app.exception)
heavy = {"keras", "tensorflow", "jax", "torch", "gaiaxpy", "kcorrect", "skypy"}
print("heavy:", sorted(heavy & set(sys.modules)))
"""


@pytest.mark.usefixtures("dataset")
def test_no_screen_imports_keras(folders: Path) -> None:
    dashboard = Path(__file__).resolve().parents[2] / "dashboard"
    screens = sorted(path.name for path in (dashboard / "views").glob("*.py"))
    assert {"home.py", "data.py"} <= set(screens)
    done = subprocess.run(
        [sys.executable, "-c", VISIT, str(dashboard / "Home.py"), *screens],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "heavy: []" in done.stdout
