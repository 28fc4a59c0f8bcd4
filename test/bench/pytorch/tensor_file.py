"""Float32 tensors of a safetensors file, read straight into memory that torch allocated."""

import json
import struct

import torch


class TensorFile:
    def __init__(self, path):
        self.file = open(path, "rb")
        (length,) = struct.unpack("<Q", self.file.read(8))
        self.entries = json.loads(self.file.read(length))
        self.start = 8 + length

    def read_into(self, name, tensor):
        """Fill a contiguous tensor of the stored shape."""
        entry = self.entries.pop(name)
        if entry["dtype"] != "F32" or entry["shape"] != list(tensor.shape):
            raise ValueError(f"{name}: found {entry}, expected float32 {list(tensor.shape)}")
        begin, end = entry["data_offsets"]
        self.file.seek(self.start + begin)
        target = memoryview(tensor.detach().numpy()).cast("B")
        if self.file.readinto(target) != end - begin:
            raise ValueError(f"{name}: the file ends inside its data")

    def read(self, name):
        tensor = torch.empty(self.entries[name]["shape"])
        self.read_into(name, tensor)
        return tensor
