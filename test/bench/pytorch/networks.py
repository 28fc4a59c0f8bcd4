"""The networks of networks.ts as a PyTorch user writes them, with torchvision's structure and in-place ReLUs.

Modules have the names of our layers: `stage1.block2.unit1.conv` is the layer `stage1/block2/unit1/conv`.
Dropout is left out on both sides. Weights are read from a file, so nothing is drawn here.
"""

from torch import nn
from torch.nn.utils import skip_init

CLASSES = 10

# Parameters of torchvision's networks with 1000 classes, and the features that their head reads.
PUBLISHED = {
    "resnet18": (11_689_512, 512),
    "resnet50": (25_557_032, 2048),
    "vgg11": (132_863_336, 4096),
    "mobilenetv2": (3_504_872, 1280),
}


def published_parameters(name):
    """With CLASSES classes: each class less is a row of the head and its bias less."""
    parameters, features = PUBLISHED[name]
    return parameters - (1000 - CLASSES) * (features + 1)


class Unit(nn.Module):
    """A convolution without bias and its batch norm."""

    def __init__(self, inputs, outputs, kernel, stride=1, groups=1):
        super().__init__()
        self.conv = skip_init(
            nn.Conv2d, inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class Basic(nn.Module):
    """Two 3x3 convolutions beside a skip."""

    expansion = 1

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.unit1 = Unit(inputs, width, 3, stride)
        self.unit2 = Unit(width, width, 3)
        self.skip = None if stride == 1 and inputs == width else Unit(inputs, width, 1, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.unit2(self.relu(self.unit1(x)))
        y += x if self.skip is None else self.skip(x)
        return self.relu(y)


class Bottleneck(nn.Module):
    """1x1 to few channels, 3x3 among them, 1x1 to many, beside a skip."""

    expansion = 4

    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.unit1 = Unit(inputs, width, 1)
        self.unit2 = Unit(width, width, 3, stride)
        self.unit3 = Unit(width, outputs, 1)
        self.skip = None if stride == 1 and inputs == outputs else Unit(inputs, outputs, 1, stride)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        y = self.unit3(self.relu(self.unit2(self.relu(self.unit1(x)))))
        y += x if self.skip is None else self.skip(x)
        return self.relu(y)


class ResNet(nn.Module):
    def __init__(self, block, blocks, width):
        super().__init__()
        self.stem = Unit(3, width, 7, 2)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, 1)
        kind = {"basic": Basic, "bottleneck": Bottleneck}[block]
        inputs = width
        self.stages = []
        for index, count in enumerate(blocks):
            stage = nn.Sequential()
            for position in range(count):
                stride = 2 if position == 0 and index > 0 else 1
                stage.add_module(f"block{position + 1}", kind(inputs, width * 2**index, stride))
                inputs = width * 2**index * kind.expansion
            self.add_module(f"stage{index + 1}", stage)
            self.stages.append(f"stage{index + 1}")
        self.head = skip_init(nn.Linear, inputs, CLASSES)

    def features(self, x):
        x = self.pool(self.relu(self.stem(x)))
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return x.mean((2, 3))

    def forward(self, x):
        return self.head(self.features(x))


class Vgg11(nn.Module):
    STAGES = [[64], [128], [256, 256], [512, 512], [512, 512]]

    def __init__(self):
        super().__init__()
        self.convolutions = nn.Sequential()
        inputs = 3
        for stage, counts in enumerate(self.STAGES):
            for i, outputs in enumerate(counts):
                name = f"conv{stage + 1}_{i + 1}"
                conv = skip_init(nn.Conv2d, inputs, outputs, 3, padding=1)
                self.convolutions.add_module(name, conv)
                self.convolutions.add_module(f"relu{stage + 1}_{i + 1}", nn.ReLU(inplace=True))
                inputs = outputs
            self.convolutions.add_module(f"pool{stage + 1}", nn.MaxPool2d(2))
        self.pool = nn.AdaptiveAvgPool2d(7)
        self.dense1 = skip_init(nn.Linear, 512 * 7 * 7, 4096)
        self.dense2 = skip_init(nn.Linear, 4096, 4096)
        self.relu = nn.ReLU(inplace=True)
        self.head = skip_init(nn.Linear, 4096, CLASSES)

    def features(self, x):
        x = self.pool(self.convolutions(x)).flatten(1)
        return self.relu(self.dense2(self.relu(self.dense1(x))))

    def forward(self, x):
        return self.head(self.features(x))


class Inverted(nn.Module):
    """Expand where asked, convolve channel by channel, contract; a skip where the shapes agree."""

    def __init__(self, inputs, expansion, outputs, stride):
        super().__init__()
        channels = inputs * expansion
        self.expand = None if expansion == 1 else Unit(inputs, channels, 1)
        self.depthwise = Unit(channels, channels, 3, stride, groups=channels)
        self.contract = Unit(channels, outputs, 1)
        self.relu = nn.ReLU6(inplace=True)
        self.skips = stride == 1 and inputs == outputs

    def forward(self, x):
        y = x if self.expand is None else self.relu(self.expand(x))
        y = self.contract(self.relu(self.depthwise(y)))
        return x + y if self.skips else y


class MobileNetV2(nn.Module):
    STAGES = [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]

    def __init__(self):
        super().__init__()
        self.stem = Unit(3, 32, 3, 2)
        self.stages = []
        inputs = 32
        for index, (expansion, outputs, count, first) in enumerate(self.STAGES):
            stage = nn.Sequential()
            for position in range(count):
                stride = first if position == 0 else 1
                stage.add_module(
                    f"block{position + 1}", Inverted(inputs, expansion, outputs, stride)
                )
                inputs = outputs
            self.add_module(f"stage{index + 1}", stage)
            self.stages.append(f"stage{index + 1}")
        self.top = Unit(inputs, 1280, 1)
        self.relu = nn.ReLU6(inplace=True)
        self.head = skip_init(nn.Linear, 1280, CLASSES)

    def features(self, x):
        x = self.relu(self.stem(x))
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return self.relu(self.top(x)).mean((2, 3))

    def forward(self, x):
        return self.head(self.features(x))


def build(architecture):
    kind = architecture["kind"]
    if kind == "resnet":
        return ResNet(architecture["block"], architecture["blocks"], architecture["width"])
    return {"vgg11": Vgg11, "mobilenetv2": MobileNetV2}[kind]()
