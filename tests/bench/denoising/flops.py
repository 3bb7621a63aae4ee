"""Count what a network multiplies, from its ONNX graph alone (package ``onnx``, comparison only)."""

import importlib.util
import math

from viewer.denoise.card import load_card
from viewer.denoise.tiling import Tiling


def gflop_of(model: str | None, shape) -> float:
    """Return GFLOP for one volume (slices, rows, columns): two per multiply-add; NaN without onnx."""
    if importlib.util.find_spec("onnx") is None:
        return float("nan")
    card = load_card(model)
    tiling = Tiling(shape[1], shape[2], card.tile_size, card.tile_overlap, card.multiple)
    runs = shape[0] * len(tiling.windows())
    return 2e-9 * runs * macs(card.path, tiling.tile_shape)


def macs(path, size) -> int:
    """Return multiply-adds of one run on one tile (rows, columns): convolutions and matrix products."""
    import onnx

    model = onnx.load(path)
    dims = model.graph.input[0].type.tensor_type.shape.dim
    for dim, value in zip((dims[0], *dims[-2:]), (1, *size)):
        dim.dim_value = value
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    graph = model.graph
    known = {v.name: _shape(v) for v in (*graph.value_info, *graph.input, *graph.output)}
    known |= {w.name: list(w.dims) for w in graph.initializer}
    return sum(_node_macs(node, known) for node in graph.node)


def _shape(value):
    return [dim.dim_value for dim in value.type.tensor_type.shape.dim]


def _node_macs(node, known) -> int:
    if node.op_type in ("Conv", "ConvTranspose"):
        # each output (Conv) or input (ConvTranspose) voxel meets every weight of one filter once
        places = known[node.output[0]] if node.op_type == "Conv" else known[node.input[0]]
        weights = known[node.input[1]]
        return math.prod(places[2:]) * places[0] * math.prod(weights)
    if node.op_type in ("MatMul", "Gemm"):
        return math.prod(known[node.output[0]]) * known[node.input[0]][-1]
    return 0
