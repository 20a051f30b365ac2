#!/usr/bin/env bash
curl --fail-with-body -sS http://127.0.0.1:8045/v1/chat/completions \
  -H 'Content-Type: application/json' \
  -d '{"messages": [{"role": "user", "content": "A paper crane"}], "modalities": ["image", "text"]}' \
  -o chat.json \
  && node -e 'const { choices } = JSON.parse(fs.readFileSync("chat.json")); fs.writeFileSync("crane.jpg", choices[0].message.images[0].image_url.url.split(",")[1], "base64")' \
  || { cat chat.json; false; }
