"""Where the parts of the Train form stand: three columns alike, and a fold below them."""

from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboard.screens.train.recipe_form import FURTHER_WIDTH, Places

ADVANCED = "Advanced: layers and further settings"


@dataclass(frozen=True)
class Layout:
    """Containers, top to bottom.

    Attributes
    ----------
    outcome : DeltaGenerator
        Of what the form comes to, or what is wrong with it.
    data : DeltaGenerator
        The first column.
    layers : DeltaGenerator
        Of the list of the network's layers.
    split_seed : DeltaGenerator
        Of the one further setting that is none of the recipe's.
    places : Places
        Of the recipe's settings.
    """

    outcome: Any
    data: Any
    layers: Any
    split_seed: Any
    places: Places


def lay_out(*, network_fixed: bool) -> Layout:
    """Make the containers; without tables of layers for a network that stays as it is."""
    outcome = st.container()
    data, network, training = (
        each.container(border=True, height="stretch") for each in st.columns(3, gap="small")
    )
    network.markdown("**Network**")
    training.markdown("**Training**")
    with st.expander(ADVANCED, icon=":material/tune:"):
        split_seed, *cells = st.columns(FURTHER_WIDTH)
        further = st.container()
        with st.container(key="layers"):
            if network_fixed:
                convolutions = dense = layers = st.container()
            else:
                convolutions, dense, layers = st.columns([11, 6, 11], gap="small")
                convolutions.caption("Convolution layers over the 186 samples")
                dense.caption("Dense layers behind them")
                layers.caption("The whole network")
    places = Places(network, training, convolutions, dense, further, tuple(cells))
    return Layout(outcome, data, layers, split_seed, places)
