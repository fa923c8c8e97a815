"""A run is a folder: what was trained, how it goes, and everything needed to predict.

Nothing but this package knows the layout::

    runs/                       a root; shipped runs lie in another, read-only one
      .device-cpu.lock          held by the training that uses the device
      .trash/<time>/<run_id>/   deleted runs
      searches/                 see core.tuning.search
      inspections/              what people saw, see core.inspection.inspections
      <run_id>/
        config.json             RunConfig; never changes
        annotations.json        name, tags and notes that people gave it, if any
        imported.json           written by the import of a bundle, never part of one: when it came
        status.json             Status; rewritten about twice a second while training
        metrics.jsonl           a line per finished epoch
        calibration.npz         intervals, training domain and limits of the flags; older runs
                                and those with too few galaxies have none
        predictions.parquet     test part: source_id, z_spec, z_pred, g_mag if known, and if the
                                run is calibrated z_lower, z_upper (68 %), flags; with p(z)
                                more, see core.prediction.dataset
        densities.npz           p(z) of the test part, if the network gives it
        model.keras             the trained network; while a fine-tuning trains, its start
        model.onnx              the trained network for ONNX Runtime
        scaler.npz              scaling of its input
        seen.npz                ids of the galaxies that the network was trained or validated with;
                                older runs and those of data without ids have none
        wavelength_map.npz      which wavelengths carry the redshift; made on request
        summary.json            written last: it marks the run complete
        worker.log              output of the training process
        worker.lock             held by the training process for its life, and config.json with it
        start.lock              held by whoever starts the training process
        cancel                  its presence asks the training process to stop
        checkpoint.npz          state after the last finished epoch; gone when done
        mlflow.log              output of the process that mirrors the run to a server
        map.lock, map.json,     lock, progress, request to stop and output of the process that
        map.cancel, map.log     makes the wavelength map

All but the logs is written beside its place and renamed, so that a reader sees the
old file or the new one, never a part. The folder may be moved, zipped and opened
elsewhere: only the training data are a reference (path and hash), and so is, until its
first epoch is done, the run that a fine-tuning starts from.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
