"""The report of a run: one page with tables and pictures, to hand on."""

from typing import Any

from core.runs import Run
from dashboard.shared.downloads import download_file


def download(run: Run, **how: Any) -> None:
    """Offer the report of a complete run; `how` are settings of `st.download_button`."""

    def page() -> bytes:
        # When it is asked for: it has pictures and takes a second, half of it Matplotlib's import.
        from core.report import to_html
        from core.sharing.run_report import run_report

        return to_html(run_report(run)).encode()

    name = f"{run.run_id}-report.html"
    download_file("Report with pictures (HTML)", page, name, "text/html", key="report-html", **how)
