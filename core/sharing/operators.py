"""What a network from elsewhere may be made of: what our own exports are made of, and no more."""

_TENSORFLOW = {
    *("Add", "Concat", "Conv", "Elu", "Gemm", "Identity", "LeakyRelu", "MatMul", "MaxPool", "Mul"),
    *("Relu", "Reshape", "Selu", "Sigmoid", "Slice", "Softplus", "Squeeze", "Tanh", "Transpose"),
    "Unsqueeze",
}
"""By tf2onnx; `tests/core/model/test_onnx.py` exports every activation, padding and head."""

_JAX = {
    *(
        "Abs",
        "Cast",
        "Div",
        "Equal",
        "Exp",
        "Expand",
        "Gather",
        "Greater",
        "GreaterOrEqual",
        "Less",
    ),
    *("Log", "Max", "Min", "Neg", "Not", "Shape", "Sub", "Swish", "Where"),
}
"""Besides, by jax2onnx: its ways for the operations of JAX that the layers of Keras are made of.

`Shape`, `Gather` and `Expand` carry the free batch. From its sources; JAX is an extra.
"""

_TORCH = {"Constant", "Flatten", "Pad"}
"""Besides, by PyTorch's exporter. From its sources; PyTorch is an extra."""

OPERATORS = frozenset(_TENSORFLOW | _JAX | _TORCH)
"""Names in ONNX' own domain. None loops, branches, draws numbers, reads files or makes text."""
