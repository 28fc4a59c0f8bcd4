"""The methods as a PyTorch user writes them: what is trained, and how the weights are made of it."""

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from networks import Unit


class GatedConv2d(nn.Module):
    """Projection: the weight is a frozen buffer times one gate per pair of channels."""

    def __init__(self, conv):
        super().__init__()
        filters = conv.weight.detach()
        self.register_buffer("filters", filters)
        self.gates = nn.Parameter(torch.ones(*filters.shape[:2], 1, 1))
        self.bias = None if conv.bias is None else nn.Parameter(conv.bias.detach())
        self.stride, self.padding, self.groups = conv.stride, conv.padding, conv.groups

    def forward(self, x):
        weight = self.filters * self.gates
        return functional.conv2d(
            x, weight, self.bias, self.stride, self.padding, groups=self.groups
        )


class Probe(nn.Module):
    """A linear probe: no graph is recorded for the features."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        with torch.no_grad():
            features = self.net.features(x)
        return self.net.head(features)


def gate(module):
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d):
            setattr(module, name, GatedConv2d(child))
        else:
            gate(child)


def fold(net):
    """Batch norm with frozen statistics becomes part of the convolution before it."""
    for unit in list(net.modules()):
        if isinstance(unit, Unit):
            unit.conv = fuse_conv_bn_eval(unit.conv, unit.norm)
            unit.norm = nn.Identity()


def freeze(parameters):
    for parameter in parameters:
        parameter.requires_grad_(False)


def adapt(net, mode, statistics):
    """The module to train; its parameters that require a gradient are what is trained."""
    net.eval()
    if mode == "probe":
        freeze(net.parameters())
        for parameter in net.head.parameters():
            parameter.requires_grad_(True)
        return Probe(net)
    if mode == "projection":
        freeze(net.parameters())
        if statistics == "frozen":
            fold(net)
        gate(net)
        for parameter in net.head.parameters():
            parameter.requires_grad_(True)
    elif mode != "full":
        raise ValueError(mode)
    if statistics == "batch":
        net.train()
    return net
