"""What Numba lacks: vectors of float32, to load, store, spread and multiply-add.

How many numbers are in a vector fits the processor's registers. No bit of a result depends on it,
since each lane computes for itself.
"""

# mypy: disable-error-code="misc, untyped-decorator"

from collections.abc import Callable
from typing import Any

import llvmlite.binding
import llvmlite.ir as ir
import numba
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

FEATURES = numba.config.CPU_FEATURES
if FEATURES is None:
    FEATURES = llvmlite.binding.get_host_cpu_features().flatten()
LANES = 16 if "+avx512f" in FEATURES else 8
LLVM_VECTOR = ir.VectorType(ir.FloatType(), LANES)
FIRST = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
Signature = tuple[Any, Callable[..., Any]]


class Vector(types.Type):
    """LANES float32."""

    def __init__(self) -> None:
        super().__init__(name=f"Vector{LANES}")


vector = Vector()


@register_model(Vector)
class VectorModel(models.PrimitiveModel):
    """A Vector is LLVM's own vector."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, LLVM_VECTOR)


def _place(context: Any, builder: Any, kind: Any, array: Any, row: Any, column: Any) -> Any:
    """Point to LANES numbers of a matrix, from `column` on. 64 bytes divide where rows begin."""
    array = context.make_array(kind)(context, builder, array)
    place = cgutils.get_item_pointer(context, builder, kind, array, [row, column])
    return builder.bitcast(place, LLVM_VECTOR.as_pointer())


@intrinsic
def load(_: Any, matrix: Any, row: Any, column: Any) -> Signature:
    """matrix[row, column : column + LANES], as a vector."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, matrix, *arguments)
        return builder.load(place, align=4)

    return vector(matrix, types.intp, types.intp), generate


@intrinsic
def store(_: Any, matrix: Any, row: Any, column: Any, value: Any) -> Signature:
    """matrix[row, column : column + LANES] = value."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        *where, value = arguments
        builder.store(value, _place(context, builder, matrix, *where), align=4)
        return context.get_dummy_value()

    return types.none(matrix, types.intp, types.intp, vector), generate


@intrinsic
def spread(_: Any, x: Any) -> Signature:
    """Return a vector of LANES times the float32 x."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        undefined = ir.Constant(LLVM_VECTOR, ir.Undefined)
        one = builder.insert_element(undefined, arguments[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(one, undefined, FIRST)

    return vector(types.float32), generate


@intrinsic
def fma(_: Any, a: Any, b: Any, c: Any) -> Signature:
    """a * b + c, rounded once, of float32, float64 or vectors.

    It is LLVM's operation, done in software where a processor has none.
    """
    name = {types.float32: "f32", types.float64: "f64", vector: f"v{LANES}f32"}[a]

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(arguments[0].type, [value.type for value in arguments])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.{name}")
        return builder.call(function, arguments)

    return a(a, a, a), generate
