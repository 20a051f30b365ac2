"""LiteLLM as a library: scenario.py BASE_URL FOLDER. Prints what its calls gave, as JSON."""

import json
import os
import pathlib
import sys

# Its prices are in the package too. Without this it fetches them, and tries for long where it cannot.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm  # noqa: E402

base_url, folder = sys.argv[1], pathlib.Path(sys.argv[2])
easel = {"model": "openai/gemini-3-pro-image", "api_base": base_url, "api_key": "any"}
messages = [{"role": "user", "content": "a boat"}]
chat = {**easel, "messages": messages, "modalities": ["image", "text"]}

chunks = list(litellm.completion(**chat, stream=True))
results = {
    "generated": litellm.image_generation(**easel, prompt="a boat", n=2, size="1536x1024"),
    "edited": litellm.image_edit(**easel, prompt="at night", image=open(folder / "one.png", "rb")),
    "chat": litellm.completion(**chat),
    "stream": litellm.stream_chunk_builder(chunks),
}
print(json.dumps({name: result.model_dump() for name, result in results.items()}))
