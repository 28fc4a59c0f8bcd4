"""PyTorch's side of a comparison, in a process of its own; outcome.ts says what it is told and answers.

Variants are memory layouts: contiguous, channels_last, and compiled (channels_last with torch.compile,
which needs a C++ compiler).
"""

import json
import os
import resource
import sys
import time

import torch
from torch.nn import functional

from adaptation import adapt
from networks import CLASSES, build, published_parameters
from tensor_file import TensorFile


def load(net, path):
    """Fill every parameter and statistic by the name of its layer; refuse weights that are left over."""
    stored = TensorFile(path)
    weight_names = {torch.nn.Conv2d: "kernel", torch.nn.Linear: "weights"}
    for name, module in net.named_modules():
        layer = name.replace("convolutions.", "").replace(".", "/")
        if isinstance(module, torch.nn.BatchNorm2d):
            stored.read_into(f"{layer}/gamma", module.weight)
            stored.read_into(f"{layer}/beta", module.bias)
            stored.read_into(f"{layer}/mean", module.running_mean)
            stored.read_into(f"{layer}/variance", module.running_var)
        elif type(module) in weight_names:
            stored.read_into(f"{layer}/{weight_names[type(module)]}", module.weight)
            if module.bias is not None:
                stored.read_into(f"{layer}/bias", module.bias)
    if stored.entries:
        raise ValueError(f"weights that no module reads: {list(stored.entries)[:8]}")


def count(parameters):
    return sum(parameter.numel() for parameter in parameters)


def optimizer_of(name, parameters, rate):
    """The fused implementation where this version has one for the device: it is the fastest."""
    kinds = {
        "sgd": (torch.optim.SGD, {"momentum": 0.9}),
        "adamw": (torch.optim.AdamW, {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}),
    }
    kind, options = kinds[name]
    try:
        return kind(parameters, lr=rate, fused=True, **options)
    except (TypeError, RuntimeError):
        return kind(parameters, lr=rate, **options)


def trainer(net, x, order):
    work = order["setting"]["work"]
    y = torch.arange(len(x), device=x.device) % CLASSES
    parameters = [p for p in net.parameters() if p.requires_grad]
    optimizer = optimizer_of(work["optimizer"], parameters, order["rate"])

    def run():
        optimizer.zero_grad(set_to_none=True)
        loss = functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return count(parameters), run


def predictor(net, x):
    net.eval()

    def run():
        with torch.no_grad():
            return net(x).cpu()

    return 0, run


def peak_so_far():
    """The largest resident set in bytes. `getrusage` would count in what is shared with the parent before exec."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return 1024 * int(line.split()[1])
    except OSError:
        pass
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def measure(order):
    base = peak_so_far()
    setting, work = order["setting"], order["setting"]["work"]
    torch.set_num_threads(setting["threads"])
    # On a GPU both sides compute in float32, not in TF32.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    net = build(setting["architecture"])
    own = count(net.parameters())
    expected = {order["parameters"]}
    if setting["published"] is not None:
        expected.add(published_parameters(setting["published"]))
    if expected != {own}:
        raise ValueError(f"found {own} parameters, expected {sorted(expected)}")
    load(net, os.path.join(order["folder"], "weights.safetensors"))
    images = TensorFile(os.path.join(order["folder"], f"input-{setting['batch']}.safetensors"))
    x = images.read("images").permute(0, 3, 1, 2).contiguous()
    training = work["kind"] == "step"
    if training:
        net = adapt(net, work["mode"], work["statistics"])
    net, x = net.to(order["device"]), x.to(order["device"])
    if order["variant"] != "contiguous":
        net = net.to(memory_format=torch.channels_last)
        x = x.to(memory_format=torch.channels_last)
    trained, run = trainer(net, x, order) if training else predictor(net, x)
    if order["variant"] == "compiled":
        net.compile()
    milliseconds, losses, logits = [], [], []
    for number in range(1, order["warmup"] + order["steps"] + 1):
        begun = time.perf_counter()
        value = run()
        elapsed = 1000 * (time.perf_counter() - begun)
        if number == 1:
            first_ended_at = 1000 * time.time()
        if number > order["warmup"]:
            milliseconds.append(elapsed)
        if not training:
            logits = value.flatten().tolist()
        elif number <= order["warmup"]:
            losses.append(value)
    return {
        "milliseconds": milliseconds,
        "losses": losses,
        "logits": logits,
        "trained": trained,
        "baseBytes": base,
        "processorTime": 1000 * time.process_time(),
        "peakBytes": peak_so_far(),
        "firstEndedAt": first_ended_at,
        "engine": f"PyTorch {torch.__version__}",
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
