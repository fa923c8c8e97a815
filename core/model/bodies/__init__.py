"""Bodies of networks: a file each, with a function `body` that adds its layers.

`body` takes the layers so far, the input among them and the configuration, and returns the layer
behind which the head stands: one of shape (units,).
"""
