"""Choosing: the page's address names what was chosen; a reload and a link show the same."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.amounts import n_of, redshift_error
from core.comparison import names_of
from core.data import DatasetEntry, Instrument
from core.jobs import Job
from core.runs import (
    Run,
    RunConfig,
    Status,
    best_run,
    best_run_for,
    why_best,
    why_others_are_not_ranked,
)
from dashboard.shared import state
from dashboard.shared.messages import origin_badge, plain

STATE_BADGES = {
    "queued": ":gray-badge[:material/hourglass_empty: queued]",
    "running": ":blue-badge[:material/play_circle: running]",
    "done": ":green-badge[:material/check_circle: done]",
    "cancelled": ":orange-badge[:material/cancel: cancelled]",
    "failed": ":red-badge[:material/error: failed]",
    "lost": ":red-badge[:material/help: lost]",
}
_CHOSEN_FOR = "run_chosen_for"
IN_USE = "Data set in use"
OWN_RECIPE, FINE_TUNED, RECALIBRATED = "own recipe", "fine-tuned", "calibrated anew"

Chosen = TypeVar("Chosen", bound=Job[Any, Any])


def choose_one(label: str, options: Sequence[Any], key: str, what: str = "", **how: Any) -> Any:
    """Draw a choice of one, the first if no other was chosen, and return it.

    `key` is in the page's address, unless `how` (settings of `st.segmented_control`) keeps the
    choice for the session; `what` is what an address may name that is not there: nothing is said if
    empty.
    """
    if what:
        state.check_address(key, [str(option) for option in options], what)
    if st.session_state.get(key, options[0]) not in options:
        del st.session_state[key]  # of a screen that calls its own choice so
    kept = {} if "persist_state" in how else {"bind": "query-params"}
    usual = {"default": options[0], "required": True}
    return st.segmented_control(label, options, key=key, **{**usual, **kept, **how})


def choose_called(label: str, called: Mapping[str, str], key: str, **how: Any) -> str:
    """Draw a choice of one of `called`, runs by what people call them, and return its id.

    The address calls the chosen one as people do; one that names an id means it as well.
    """
    state.check_address(key, [*called, *called.values()], "run")
    asked = st.query_params.get(key)
    if asked in called and key not in st.session_state:
        st.session_state[key] = asked
    return st.selectbox(
        label, list(called), key=key, format_func=called.__getitem__, bind="query-params", **how
    )


def choose_galaxies(
    label: str, own: str, key: str, help: str, own_label: str = ""
) -> DatasetEntry | None:
    """Draw the choice between galaxies of a run's own and the data set in use; None: its own.

    The address calls its own `own`; people read `own_label`, where it is given.
    """
    entry = state.current_dataset()
    options = [own, IN_USE] if entry else [own]
    called = {own: own_label or own}
    words: dict[str, Any] = {"help": help, "format_func": lambda option: called.get(option, option)}
    return entry if choose_one(label, options, key, **words) == IN_USE else None


class Choice:
    """The choice of one among jobs, as of a run, that the address names on every screen.

    It isn't bound to the address: a bound widget leaves out its default and its first value, and
    the newest job is soon another. Written once, or the browser's way back would end here. `key` is
    that of the address and of the field.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        self._next, self._last, self._unchosen = f"next_{key}", f"last_{key}", f"unchosen_{key}"
        self._written, self._screen = f"{key}_in_address", f"screen_of_{key}"

    def asked_for(self) -> str | None:
        """Return what a link, a reload or the browser's way back newly asks for."""
        asked = st.query_params.get(self.key)
        return None if asked == st.session_state.get(self._written) else asked

    def choose(
        self,
        found: Mapping[str, Chosen],
        label: Callable[[str], str] = str,
        *,
        default: str | None = None,
        damaged_too: bool = False,
    ) -> Chosen:
        """Draw the choice among `found` (not empty) and return the chosen one.

        Until people have chosen, on whatever screen, it is the `default`, else the newest. Raises
        what is wrong with a damaged one unless `damaged_too`; another can be chosen.
        """
        kept = st.session_state
        screen = st.context.url
        # Another screen's field is another one, and would begin with the newest.
        comes = screen != kept.get(self._screen)
        enters = comes or self.key not in kept
        # A link to this screen means what it names, also where the screen before named the same.
        asked = st.query_params.get(self.key) if comes else self.asked_for()
        if self._next in kept:
            chosen = kept.pop(self._next)
            kept.pop(self._unchosen, None)
        elif asked is not None:
            state.check_address(self.key, list(found), self.key)
            chosen = asked
            kept.pop(self._unchosen, None)
        else:
            chosen = kept.get(self._last if enters else self.key)
        by_default = default if default in found else next(iter(found))
        kept[self.key] = chosen if chosen in found else by_default
        title = self.key.capitalize()
        name = st.selectbox(title, list(found), key=self.key, format_func=label)
        if enters or name != kept.get(self._written):
            st.query_params[self.key] = name
        if chosen not in found:
            kept[self._unchosen] = by_default
        # What nobody chose is not remembered: another may be the default of the next screen.
        if name != kept.get(self._unchosen):
            kept[self._last] = name
            kept.pop(self._unchosen, None)
        kept[self._written] = name
        kept[self._screen] = screen
        if not damaged_too and (damage := found[name].damage()):
            raise damage
        return found[name]

    def forget_default(self) -> None:
        """Take the default anew where nobody has chosen: what is chosen for is another."""
        kept = st.session_state
        if self.key in kept and kept[self.key] == kept.get(self._unchosen):
            del kept[self.key]

    def show_next(self, name: str) -> None:
        """Choose `name` in the next run of the page."""
        st.session_state[self._next] = name

    def is_next_chosen(self) -> bool:
        """Whether the page's next run shows one that was chosen elsewhere than in its field."""
        return self._next in st.session_state

    def name_none(self) -> None:
        """Take it out of the page's address."""
        st.session_state.pop(self._written, None)
        st.query_params.pop(self.key, None)


RUN = Choice(state.RUN_KEY)
SEARCH = Choice("search")


def choose_run(
    runs: dict[str, Run], *, default: str | None = None, damaged_too: bool = False
) -> Run:
    """Draw the choice among `runs`, by the names that people gave them; see `Choice.choose`."""
    labels = run_labels(runs)
    return RUN.choose(runs, labels.__getitem__, default=default, damaged_too=damaged_too)


def choose_best_run(
    runs: dict[str, Run],
    place: DeltaGenerator | None = None,
    instruments: Sequence[Instrument] = (),
) -> Run:
    """Draw the choice among `runs`, which opens on the best one, and say which that is and why.

    `place` is where that is said; by default below the choice. For spectra of some `instruments`
    it is the best that knows them, and until people choose it follows the spectra.
    """
    best = best_run(runs.values())
    fits = best_run_for(runs.values(), instruments) or best
    if instruments and instruments != st.session_state.get(_CHOSEN_FOR):
        st.session_state[_CHOSEN_FOR] = instruments
        RUN.forget_default()
    run = choose_run(runs, default=None if fits is None else fits.run_id)
    if fits is not None and fits != best:
        which = "This is" if run == fits else f"{plain(run_names(runs)[fits.run_id])} is"
        words = " and ".join(each.words for each in instruments)
        (place or st).caption(f"{which} the best calibrated run that knows {plain(words)}.")
    elif best is not None:
        which = "This is" if run == best else f"{plain(run_names(runs)[best.run_id])} is"
        unlike = why_others_are_not_ranked(best, runs.values())
        about = ". ".join(filter(None, (plain(why_best(best)), unlike))).removesuffix(".")
        (place or st).caption(f"{which} {about}.")
    return run


def show_next(run: Run) -> None:
    """Choose `run` in the next run of the page."""
    RUN.show_next(run.run_id)


def run_names(runs: Mapping[str, Run]) -> dict[str, str]:
    """Return what every screen calls each run: what people called it, else its id."""
    return dict(zip(runs, names_of(list(runs.values())), strict=True))


def run_name(run_id: str) -> str:
    """Return what every screen calls a run, its id if it is not there any more."""
    return run_names(state.runs()).get(run_id, run_id)


def run_labels(runs: Mapping[str, Run]) -> dict[str, str]:
    """Return the names of runs, with what lists add to them."""
    archived = {run_id for run_id, run in runs.items() if state.annotations(run).archived}
    names = run_names(runs).items()
    return {each: f"{name}, archived" if each in archived else name for each, name in names}


def recipe_name(config: RunConfig) -> str:
    """Return what a run's recipe is called: its preset, fine-tuned, calibrated anew, or own."""
    if config.recalibrated is not None:
        return RECALIBRATED
    return config.preset or (OWN_RECIPE if config.start is None else FINE_TUNED)


def badges(run: Run, status: Status) -> str:
    """Return state, recipe, origin of the data and test error of a run as Markdown."""
    recipe = plain(recipe_name(run.config))
    return (
        f"{STATE_BADGES[status.state]} :gray-badge[{recipe}] :small[trained on] "
        + origin_badge(run.config.learnt_from.origin)
        + _test_error(run)
    )


def _test_error(run: Run) -> str:
    """Return a complete run's error and epochs, so that a mere try is seen as such."""
    summary = run.summary() or {}
    mae = summary.get("evaluation", {}).get("mae")
    if mae is None:
        return ""
    epochs = summary.get("epochs_run")
    after = f" after {n_of(epochs, 'epoch')}" if epochs else ""
    return f" :small[test MAE {redshift_error(mae)}{after}]"
