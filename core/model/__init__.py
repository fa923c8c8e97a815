"""Networks: their configuration, the scaling of their input, building and export."""
