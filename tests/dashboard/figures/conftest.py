import dataclasses

import altair as alt
import pandas as pd
import pytest


@dataclasses.dataclass(frozen=True)
class Layer:
    """One layer of an Altair chart as the browser gets it."""

    mark: dict
    encoding: dict
    data: pd.DataFrame

    def title(self, channel):
        return self.encoding[channel]["title"]

    def scale(self, channel):
        return self.encoding[channel]["scale"]


@pytest.fixture(scope="session")
def layers_of():
    """Return the layers of a chart; building them checks it against Vega-Lite's schema."""

    def layers(chart: alt.LayerChart) -> list[Layer]:
        spec = chart.to_dict()
        return [
            Layer(
                mark=layer["mark"] if isinstance(layer["mark"], dict) else {"type": layer["mark"]},
                encoding=layer["encoding"],
                data=pd.DataFrame(spec["datasets"][layer.get("data", spec.get("data"))["name"]]),
            )
            for layer in spec["layer"]
        ]

    return layers
