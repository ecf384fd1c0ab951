"""Vectors as points of two numbers: their principal components."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aisql.errors import FunctionError
from aisql.vectors import MAGIC, dimensions

_TRIES = 10
"""So often the directions are turned nearer to those of the greatest variance."""
_BESIDE = 8
"""More directions than are wanted, for the wanted ones to be found sooner."""


def projected(vectors: Sequence[bytes], what: str) -> tuple[list[tuple[float, float]], float]:
    """A point for each vector, and the share of the variance that the points tell, from 0 to 1.

    The same vectors give the same points. Raises FunctionError, about `what` they are, for vectors of
    different lengths and for one with a number that is not finite.
    """
    lengths = {dimensions(vector) for vector in vectors}
    if len(lengths) > 1:
        raise FunctionError(
            f"{what}: the vectors have {min(lengths)} and {max(lengths)} numbers",
            hint="vectors that are drawn together come from one model, asked for one dimension",
        )
    numbers = np.frombuffer(b"".join(vector[len(MAGIC) :] for vector in vectors), "<f4")
    matrix = numbers.reshape(len(vectors), lengths.pop()).astype(np.float64)
    if not np.isfinite(matrix).all():
        raise FunctionError(f"{what}: a vector has a number that is not finite")
    matrix -= matrix.mean(axis=0)
    # Not all of the components are computed: that takes the cube of the length of a vector.
    basis = np.random.default_rng(0).standard_normal((matrix.shape[1], 2 + _BESIDE))
    for _ in range(_TRIES):
        basis = np.linalg.qr(matrix.T @ (matrix @ basis))[0]
    left, sizes, _ = np.linalg.svd(matrix @ basis, full_matrices=False)
    points = np.zeros((len(vectors), 2))
    found = (left * sizes)[:, :2]
    greatest = found[np.abs(found).argmax(axis=0), range(found.shape[1])]
    points[:, : found.shape[1]] = np.where(greatest < 0, -found, found)  # a direction has no sign of its own
    variance = float((matrix**2).sum())
    share = float((points**2).sum()) / variance if variance else 1.0
    return [(float(x), float(y)) for x, y in points], min(share, 1.0)
