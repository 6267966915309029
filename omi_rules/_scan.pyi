import numpy as np
from numpy.typing import NDArray

def scan(
    raw: bytes,
    nodes: NDArray[np.int32],
    entries: NDArray[np.int32],
    names: bytes,
    widths: NDArray[np.int32],
    /,
) -> list[bytearray]: ...
