"""Heads of conditional critics, worked by hand."""

from __future__ import annotations

import torch

from ganstudio.engine.layers.class_head import ClassHead

FEATURES, LABELS = torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]]), torch.tensor([1, 0])
LOGITS = torch.tensor([[10.0], [20.0]])


def test_a_projection_adds_the_inner_product_of_features_and_the_classs_embedding() -> None:
    head = ClassHead("projection", 3, 2)
    head.embedding.weight.data = torch.tensor([[2.0, 5.0, 1.0], [3.0, -1.0, 4.0]])
    logits, heads = head(LOGITS, FEATURES, LABELS)
    assert logits.flatten().tolist() == [10 + 3 - 2 - 4, 20 + 1 + 0 + 3]
    assert heads == {}


def test_a_class_head_leaves_the_logits_and_answers_one_number_a_class_without_looking_at_labels() -> None:
    head = ClassHead("classes", 3, 4)
    logits, heads = head(LOGITS, FEATURES, LABELS)
    assert torch.equal(logits, LOGITS)
    torch.testing.assert_close(heads["classes"], FEATURES @ head.classes.weight.T + head.classes.bias)


def test_directions_and_proxies_have_norm_1_and_a_class_has_one_proxy() -> None:
    head = ClassHead("proxies", 3, 2, directions=5)
    _, heads = head(LOGITS, FEATURES, LABELS)
    assert heads["directions"].shape == heads["proxies"].shape == (2, 5)
    for answer in heads.values():
        torch.testing.assert_close(answer.norm(dim=1), torch.ones(2))
    _, swapped = head(LOGITS, FEATURES, 1 - LABELS)
    assert torch.equal(swapped["proxies"], heads["proxies"].flip(0))
    assert torch.equal(swapped["directions"], heads["directions"])
