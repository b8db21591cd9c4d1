"""Writes Tests/Fixtures/training/optimizers.json: weights after every step of PyTorch's optimizers.

Usage: python3 Tests/Fixtures/make/optimizers.py   (made with torch 2.15.0, CPU)
"""

import json
import pathlib

import torch

STEPS, SIZE = 6, 5

CASES = [
    ("sgd", torch.optim.SGD, dict(lr=0.1), {"momentum": 0.0}),
    ("sgd", torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.01),
     {"momentum": 0.9, "weightDecay": 0.01}),
    ("adam", torch.optim.Adam, dict(lr=0.05), {}),
    ("adam", torch.optim.Adam, dict(lr=0.05, betas=(0.8, 0.99), eps=1e-6, weight_decay=0.1),
     {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-6, "weightDecay": 0.1}),
    ("adamw", torch.optim.AdamW, dict(lr=0.05, weight_decay=0.1), {"weightDecay": 0.1}),
    ("adagrad", torch.optim.Adagrad, dict(lr=0.1, eps=1e-8), {}),
    ("adagrad", torch.optim.Adagrad, dict(lr=0.1, eps=1e-8, weight_decay=0.05),
     {"weightDecay": 0.05}),
]


def run(optimizer_class, arguments, start, gradients):
    weight = torch.nn.Parameter(start.clone())
    optimizer = optimizer_class([weight], **arguments)
    trace = []
    for gradient in gradients:
        weight.grad = gradient.clone()
        optimizer.step()
        trace.append(weight.detach().tolist())
    return trace


def main():
    torch.manual_seed(7)
    start = torch.randn(SIZE)
    gradients = torch.randn(STEPS, SIZE)
    gradients[2] = 0
    cases = [
        {
            "optimizer": name,
            "options": {"learningRate": arguments["lr"], **options},
            "weights": run(optimizer_class, arguments, start, gradients),
        }
        for name, optimizer_class, arguments, options in CASES
    ]
    path = pathlib.Path(__file__).parent.parent / "training" / "optimizers.json"
    path.write_text(json.dumps(
        {"start": start.tolist(), "gradients": gradients.tolist(), "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
