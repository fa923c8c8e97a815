"""Screens run in the process of the tests, and the reading of what they show."""

import functools
import json
import time
from pathlib import Path

from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest, local_script_runner

from dashboard.shared.messages import CUT

ROOT = Path(__file__).parents[2]
HOME = ROOT / "dashboard" / "Home.py"
CPU_SECONDS = 30
"""What a run of a script may take, however busy the machine is."""


def prepare_streamlit():
    """Let apps of this process have the dashboard's settings and start fast.

    They are timed by the processor, not by the clock. For each app Streamlit reads the metadata of
    every installed package in search of components, which takes 0.3 s; here once is enough.
    """
    config._main_script_path = str(HOME)  # the settings stand beside it
    config.get_config_options(force_reparse=True)
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    manifest_scanner.scan_component_manifests = scan
    local_script_runner.require_widgets_deltas = wait_for_script


def wait_for_script(runner, timeout):
    """Wait for a script's end, but no longer than `timeout` seconds of this process's CPU.

    One that waits without working is ended by pytest's own limit on a test.
    """
    end = time.process_time() + timeout
    while time.process_time() < end:
        runner._script_thread.join(0.1)
        if runner.script_stopped():
            return
    runner.request_stop()
    runner.join()
    raise RuntimeError(f"The script used more than {timeout} s of CPU time.")


def open_screen(screen, **address):
    """Open a screen ('home', 'data', ...) through Home.py with an address."""
    app = AppTest.from_file(str(HOME), default_timeout=CPU_SECONDS)
    # Before its first run, an app knows a page by its file's name, as our addresses do.
    app.switch_page(f"views/{screen}.py")
    for key, value in address.items():
        app.query_params[key] = value
    return app.run()


def texts(elements):
    """The elements' words, without what keeps Markdown from reading them."""
    return unmarked(" ".join(each.value for each in elements))


def unmarked(text):
    """What people see of a text whose signs are escaped and whose links are broken."""
    return text.replace("\\", "").replace(CUT, "")


def table_with(app, column):
    """The one table of rows that has such a column."""
    (found,) = [each.value for each in app.dataframe if column in each.value]
    return found


def predicted_catalogue(app):
    """The catalogue of redshifts as it is on the page."""
    return table_with(app, "z_lower")


def predicted_facts(app):
    """What is said of the chosen source."""
    (found,) = [each.value for each in app.table if "Predicted z" in each.value.index]
    return {unmarked(name): value for name, value in found.iloc[:, 0].items()}


def metric(app, label):
    """The value of the one metric with that label."""
    (found,) = [each.value for each in app.metric if each.label == label]
    return found


def select(app, key, rows=(), cells=()):
    """Select in a table what a browser would: all ticked rows, and the cell of the cursor."""
    (table,) = [each for each in app.dataframe if each.key and each.key.startswith(key)]
    widgets = app._tree.get_widget_states()
    chosen = {"rows": [*rows], "columns": [], "cells": [*cells]}
    widgets.widgets.add(id=table.proto.id, string_value=json.dumps({"selection": chosen}))
    return app._run(widgets)
