"""PyTorch, eager: `nn.Module`, `CrossEntropyLoss`, `optim.SGD`, in the usual loop."""

import cases
import torch

from peers import AVX512, Kernel, WholePeer


class ImprovedSigmoid(torch.nn.Module):
    """1.7159 tanh(2z/3)."""

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        """Apply it elementwise."""
        return 1.7159 * torch.tanh(2 / 3 * z)


ACTIVATIONS = {"sigmoid": torch.nn.Sigmoid, "improved_sigmoid": ImprovedSigmoid}


class Peer(WholePeer):
    """One thread, as the others."""

    def __init__(self, case: cases.Case) -> None:
        torch.set_num_threads(1)
        modules: list[torch.nn.Module] = []
        for layer in case.weights():
            linear = torch.nn.Linear(*layer.shape, bias=False)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(layer.T))
            modules += [linear, ACTIVATIONS[case.activation]()]
        self.model = torch.nn.Sequential(*modules[:-1])
        self.data = {name: tuple(map(torch.tensor, cases.load(name))) for name in cases.IMAGES}
        self.loss = torch.nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=case.learning_rate, momentum=case.momentum
        )

    def steps(self, batches: cases.Batches) -> tuple[float, float]:
        """Return means over what the steps computed; they are scored together, at the end."""
        images, labels = self.data["training"]
        numbers, seen = torch.from_numpy(batches), []
        for rows in numbers:
            logits = self.model(images[rows])
            loss = self.loss(logits, labels[rows])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            seen.append(logits.detach())
        return self.score(torch.cat(seen), labels[numbers].flatten())

    def score(self, logits: torch.Tensor, labels: torch.Tensor) -> tuple[float, float]:
        """Return mean loss and accuracy."""
        accuracy = (logits.argmax(dim=1) == labels).float().mean()
        return self.loss(logits, labels).item(), accuracy.item()

    def evaluate(self, name: str) -> tuple[float, float]:
        """Return mean loss and accuracy of all images at once."""
        images, labels = self.data[name]
        with torch.no_grad():
            return self.score(self.model(images), labels)

    def layers(self) -> list[cases.Layer]:
        """Return the weights as NumPy arrays, turned round: PyTorch keeps (fan_out, fan_in)."""
        return [(weight.detach().numpy().T, 0.0) for weight in self.model.parameters()]

    @staticmethod
    def kernel() -> Kernel:
        """Say what PyTorch has chosen."""
        name = torch.backends.cpu.get_cpu_capability()
        return Kernel(AVX512 if name == "AVX512" else name, "ATen and MKL")
