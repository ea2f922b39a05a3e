"""A tiny language model with a chat template."""

from pathlib import Path

from tiny_checkpoints import save, word_tokenizer
from tiny_vlms import words

CHAT = "{% for m in messages %}{{ m.role }} {{ m.content }} {% endfor %}assistant"


def write_tiny_llama(folder: Path, chat_template: str | None = CHAT) -> Path:
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = word_tokenizer(chat_template=chat_template)
    return save(LlamaForCausalLM(LlamaConfig(**words(tokenizer))), tokenizer, folder, std=0.5)
