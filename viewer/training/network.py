"""The network: a residual U-Net without biases or normalisation, so that it scales with its input."""

from typing import Any

import torch
from torch import nn

from viewer.denoise.scaling import channels


class Block(nn.Module):  # type: ignore[misc]
    """Two 3x3 convolutions around a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        nn.init.normal_(self.second.weight, std=0.1 * (2 / (9 * width)) ** 0.5)  # starts near the identity

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x plus a correction; (batch, width, rows, columns)."""
        return x + self.second(torch.relu(self.first(x)))


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*[Block(width) for _ in range(count)])


class Denoiser(nn.Module):  # type: ignore[misc]
    """Maps (batch, channels, rows, columns) in SNR units to the clean centre [Re, Im].

    Rows and columns are multiples of ``multiple``. With a ``stem`` of 2 the first convolution halves the image and
    the last one doubles it again (as FFDNet does): a quarter of the work on wider, better used layers. ``head`` is
    kept apart because it runs in float32 while training: bfloat16 would round away noise of 1 on signals of 100.
    """

    def __init__(self, recipe: dict[str, Any]) -> None:
        super().__init__()
        (a, b, c), depth, self.context = recipe["width"], recipe["depth"], recipe["context"]
        self.multiple = 4 * recipe["stem"]
        halves = {"kernel_size": 4, "stride": 2} if recipe["stem"] == 2 else {"kernel_size": 3}
        self.head = nn.Conv2d(channels(self.context), a, padding=1, bias=False, **halves)
        self.encode0, self.down0 = _blocks(a, depth[0]), nn.Conv2d(a, b, 2, 2, bias=False)
        self.encode1, self.down1 = _blocks(b, depth[1]), nn.Conv2d(b, c, 2, 2, bias=False)
        self.middle = _blocks(c, depth[2])
        self.up1, self.decode1 = nn.ConvTranspose2d(c, b, 2, 2, bias=False), _blocks(b, depth[1])
        self.up0, self.decode0 = nn.ConvTranspose2d(b, a, 2, 2, bias=False), _blocks(a, depth[0])
        last = nn.ConvTranspose2d if recipe["stem"] == 2 else nn.Conv2d
        self.tail = last(a, 2, padding=1, bias=False, **halves)
        self.scale = float(recipe["input_scale"])
        nn.init.normal_(self.tail.weight, std=1e-3)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Run the head and bring what it sees to the order of one: onnxruntime fuses a factor behind a layer."""
        return self.head(x) * (1 / self.scale)

    def noise(self, features: torch.Tensor) -> torch.Tensor:
        """Estimate the noise [Re, Im] of the centre slice from the head's features."""
        fine = self.encode0(features)
        middle = self.encode1(self.down0(fine))
        middle = self.decode1(middle + self.up1(self.middle(self.down1(middle))))
        return self.tail(self.decode0(fine + self.up0(middle))) * self.scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the clean centre slice (batch, 2, rows, columns)."""
        centre = x[:, 2 * self.context : 2 * self.context + 2]
        return centre - self.noise(self.features(x))
