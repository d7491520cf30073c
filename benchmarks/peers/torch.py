"""PyTorch, eager: `nn.Module`, `CrossEntropyLoss`, `optim.SGD`, in the usual loop."""

import cases
import torch

from peers import BasePeer


class ImprovedSigmoid(torch.nn.Module):
    """1.7159 tanh(2z/3)."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Elementwise."""
        return 1.7159 * torch.tanh(2 / 3 * z)


class Peer(BasePeer):
    """One thread, as the others."""

    def __init__(
        self, case: cases.Case, activation: type[torch.nn.Module] = ImprovedSigmoid
    ) -> None:
        torch.set_num_threads(1)
        modules: list[torch.nn.Module] = []
        for layer in case.weights:
            linear = torch.nn.Linear(*layer.shape, bias=False)
            with torch.no_grad():
                linear.weight.copy_(torch.from_numpy(layer.T.copy()))
            modules += [linear, activation()]
        self.model = torch.nn.Sequential(*modules[:-1])
        self.images, self.labels = torch.from_numpy(case.images), torch.from_numpy(case.labels)
        self.batches = torch.from_numpy(case.batches)
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=case.learning_rate, momentum=case.momentum
        )

    def step(self, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits before the step, and the batch's loss."""
        logits = self.model(self.images[rows])
        loss = self.loss(logits, self.labels[rows])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return logits, loss

    def epoch(self) -> None:
        """One step a batch."""
        for rows in self.batches:
            self.step(rows)

    def layers(self) -> list[cases.Layer]:
        """The weights as NumPy arrays, turned round: PyTorch keeps (fan_out, fan_in)."""
        return [(weight.detach().numpy().T, 0.0) for weight in self.model.parameters()]
