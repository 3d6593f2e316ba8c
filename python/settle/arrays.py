"""Arrays: what may be given as samples, labels and weights, and how it becomes what the engines read."""
import numbers
import warnings
from typing import Any, Dict, Mapping, Optional

import numpy as np

from .changes import number_of
from .errors import ScenarioWarning


class Data:
    """Samples for training and test that come from memory.

    x: (n, inputs) or (n, height, width): uint8, which is divided by `scale`, or floats in [0, 1]. Where no scale is given uint8 is divided
        by 255, with a warning where no byte is above 1 (of files such bytes are taken as they are: give scale=1).
    labels: (n) whole numbers from 0 to one less than the outputs.
    test_x, test_labels: the same for the test set; both or neither.

    Arrays may be strided, big-endian and read-only; they are not changed. Those of bytes and of float32 in C order are used where they
    are, without a copy: leave them as they are while a run uses them. Raises TypeError or ValueError that names the argument.
    """

    def __init__(self, x: Any, labels: Any, test_x: Any = None, test_labels: Any = None, scale: Optional[float] = None):
        self.scale = usual_scale(array_of(x, "x"), test_x if test_x is None else array_of(test_x, "test_x")) if scale is None else checked_scale(scale)
        self.x = samples(x, "x", self.scale)
        self.labels = checked_labels(labels, "labels", len(self.x))
        if (test_x is None) != (test_labels is None):
            raise ValueError("%s is missing: test_x and test_labels belong together" % ("test_x" if test_x is None else "test_labels"))
        self.test_x = None if test_x is None else samples(test_x, "test_x", self.scale)
        self.test_labels = None if test_x is None else checked_labels(test_labels, "test_labels", len(self.test_x))
        refuse_idle_scale(scale, self.x, self.test_x)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__:
            raise AttributeError("settle.Data does not change: make another one for another %s" % name)
        object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        test = "no test set" if self.test_x is None else "%d to test" % len(self.test_x)
        return "<settle.Data: %d samples of %d inputs, %s>" % (len(self.x), self.x.shape[1], test)

    def fit(self, inputs: int, outputs: int) -> None:
        """Raises ValueError unless they are samples of a network of so many inputs and outputs."""
        for x, labels, name in ((self.x, self.labels, ""), (self.test_x, self.test_labels, "test_")):
            if x is not None:
                fit(x, labels, inputs, outputs, name)


def checked_scale(scale: Optional[float]) -> float:
    if scale is None:
        return 255.0
    if isinstance(scale, (bool, np.bool_, np.timedelta64)) or not isinstance(scale, numbers.Real):
        raise TypeError("scale must be a number, not %r" % (scale,))
    divisor = number_of(scale, "scale")
    with np.errstate(all="ignore"):
        if not 0 < np.float32(divisor) < np.inf:
            raise ValueError("scale must be above 0 and a float32, not %r" % (scale,))
    return divisor


def usual_scale(*arrays: Optional[np.ndarray]) -> float:
    """What bytes are divided by, whatever they are. Those that are 0 or 1 throughout may be no grey levels, which is said."""
    largest = [int(array.max()) for array in arrays if array is not None and array.dtype == np.uint8 and array.size > 0]
    if largest and max(largest) == 1:
        warnings.warn("the samples are bytes of 0 and 1 and are divided by 255; scale=1 takes them as they are, scale=255 says that this is meant",
                      ScenarioWarning, stacklevel=3)
    return 255.0


def refuse_idle_scale(scale: Optional[float], *arrays: Optional[np.ndarray]) -> None:
    if scale is not None and all(array is None or array.dtype != np.uint8 for array in arrays):
        raise ValueError("scale is for uint8: floats are taken as they are")


def array_of(value: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except Exception as error:  # whatever an object raises that says it is an array
        raise TypeError("%s is no array: %s" % (name, error)) from None
    if array.dtype.kind not in "biuf":
        raise TypeError("%s must be an array of numbers, not of %s" % (name, array.dtype))
    return array


def samples(value: Any, name: str, scale: float) -> np.ndarray:
    """(n, inputs), C-contiguous, uint8 or float32."""
    array = array_of(value, name)
    if array.ndim < 2:
        raise ValueError("%s has the shape %s; expected (n, inputs) or (n, height, width)" % (name, array.shape))
    if 0 in array.shape:
        raise ValueError("%s is empty: its shape is %s" % (name, array.shape))
    array = array.reshape(len(array), -1)
    if array.dtype == np.uint8:
        most = array.max()
        if most > scale:
            raise ValueError("%s has %d, which divided by scale = %g is above 1" % (name, most, scale))
        return np.ascontiguousarray(array)
    if array.dtype.kind != "f":
        raise TypeError("%s must be of uint8, or of floats in [0, 1], not of %s" % (name, array.dtype))
    if not (array.min() >= 0 and array.max() <= 1):  # also where they are nan
        wrong = ~((array >= 0) & (array <= 1))
        at = np.unravel_index(int(np.argmax(wrong)), array.shape)
        raise ValueError("%s has %r in sample %d; floats must be in [0, 1]" % (name, float(array[at]), at[0]))
    return np.require(array, "=f4", ["C", "A"])


def checked_labels(value: Any, name: str, count: int) -> np.ndarray:
    array = array_of(value, name)
    if array.dtype.kind not in "iu":
        raise TypeError("%s must be whole numbers, not of %s" % (name, array.dtype))
    if array.shape != (count,):
        raise ValueError("%s has the shape %s; expected (%d,), one a sample" % (name, array.shape, count))
    if count and (int(array.min()) < 0 or int(array.max()) > 2**31 - 1):
        wrong = int(array.min()) if int(array.min()) < 0 else int(array.max())
        raise ValueError("%s has %d; expected 0 to %d" % (name, wrong, 2**31 - 1))
    return np.ascontiguousarray(array, dtype="=i8")


def fit(x: np.ndarray, labels: np.ndarray, inputs: int, outputs: int, name: str = "") -> None:
    if x.shape[1] != inputs:
        raise ValueError("%sx has %d values a sample; expected %d, the inputs of the network" % (name, x.shape[1], inputs))
    if len(labels) and int(labels.max()) >= outputs:
        raise ValueError("%slabels has %d; expected less than %d, the outputs" % (name, int(labels.max()), outputs))


def network_arrays(value: Any, name: str) -> Dict[str, np.ndarray]:
    """{"0": float32 array, …} of a dict, or of a list in its order. Shapes are looked at where the network is known."""
    if isinstance(value, Mapping):
        items = {str(key): item for key, item in value.items()}
    elif isinstance(value, (list, tuple)):
        items = {str(number): item for number, item in enumerate(value)}
    else:
        raise TypeError("%s must be a dict {\"0\": array, …} or a list of arrays, not %s" % (name, type(value).__name__))
    arrays = {}
    for key, item in items.items():
        array = array_of(item, "%s[%r]" % (name, key))
        if array.dtype.kind != "f":
            raise TypeError("%s[%r] must be of floats, not of %s" % (name, key, array.dtype))
        arrays[key] = np.require(array, "=f4", ["C", "A"])
        if not np.isfinite(arrays[key]).all():
            raise ValueError("%s[%r] has values that are not finite" % (name, key))
    return arrays
