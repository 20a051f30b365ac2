"""OpenAI's package for Python: scenario.py BASE_URL SCENARIO FOLDER. Prints what the scenario gave, as JSON."""

import asyncio
import io
import json
import pathlib
import sys

from openai import APIError, AsyncOpenAI, OpenAI

base_url, scenario, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
client = OpenAI(base_url=base_url, api_key="any")
images = client.images
model = "gpt-image-1"
one, two, mask = folder / "one.png", folder / "two.jpg", folder / "mask.png"


def edit(image, **fields):
    return images.edit(model=model, prompt="at night", image=image, **fields)


async def in_async():
    return await AsyncOpenAI(base_url=base_url, api_key="any").images.edit(
        model=model, prompt="at night", image=one
    )


def impatient(**options):
    """Waits for less time than its images take, and retries twice."""
    client = OpenAI(base_url=base_url, api_key="any", timeout=3, max_retries=2)
    for name, value in options.items():
        setattr(client, name, value)
    return client.images.generate(model=model, prompt="a boat", n=4)


scenarios = {
    "impatient": impatient,
    "impatient_with_keys": lambda: impatient(_idempotency_header="Idempotency-Key"),
    "base64": lambda: images.generate(model=model, prompt="a boat", n=2, quality="medium"),
    "url": lambda: images.generate(model="dall-e-3", prompt="a boat"),
    "own_fields": lambda: images.generate(
        model="gemini-3-pro-image", prompt="a boat", extra_body={"aspect_ratio": "21:9"}
    ),
    "path": lambda: edit(two),
    "bytes": lambda: edit(two.read_bytes()),
    "bytes_io": lambda: edit(io.BytesIO(two.read_bytes())),
    "open_file": lambda: edit(open(two, "rb")),
    "tuple": lambda: edit(("two.png", two.read_bytes(), "image/png")),
    "list": lambda: edit([two, one.read_bytes(), open(two, "rb")]),
    "mask": lambda: edit(one, mask=mask),
    "async": lambda: asyncio.run(in_async()),
    "variation": lambda: images.create_variation(image=one, response_format="b64_json"),
    "generate_stream": lambda: images.generate(
        model=model, prompt="a boat", n=2, stream=True, partial_images=1
    ),
    "edit_stream": lambda: edit(one, stream=True, partial_images=1),
    "fault": lambda: images.generate(model=model, prompt="a boat", n=0),
}

result = {"events": []}
try:
    response = scenarios[scenario]()
    if hasattr(response, "data"):
        result["response"] = response.to_dict()
        result["requestId"] = response._request_id
    else:
        for event in response:
            result["events"].append(event.to_dict())
except APIError as error:
    names = ["status_code", "code", "param", "type", "request_id"]
    result["error"] = {name: getattr(error, name, None) for name in names}
    result["error"]["name"] = type(error).__name__
print(json.dumps(result))
