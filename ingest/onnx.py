"""The only import of ONNX Runtime: with its telemetry off, which its Linux builds bring and switch on."""

import os
from typing import Any


def load_onnxruntime() -> Any:
    """The onnxruntime module. The variable must be set before the library loads: it then never looks up a host."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime
