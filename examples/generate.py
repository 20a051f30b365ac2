import base64
from openai import OpenAI

client = OpenAI(base_url="http://127.0.0.1:8045/v1", api_key="none")
response = client.images.generate(
    model="gemini-3-pro-image",
    prompt="A paper crane on a wooden table",
    size="1920x1080",
    n=2,
)
for number, image in enumerate(response.data, start=1):
    with open(f"crane-{number}.jpg", "wb") as file:
        file.write(base64.b64decode(image.b64_json))
