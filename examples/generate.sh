#!/usr/bin/env bash
curl --fail-with-body -sS http://127.0.0.1:8045/v1/images/generations \
  -H 'Content-Type: application/json' \
  -d '{"prompt": "A minimalist rocket icon, flat design", "size": "1920x1080", "quality": "medium"}' \
  -o rocket.json \
  && node -e 'const { data } = JSON.parse(fs.readFileSync("rocket.json")); fs.writeFileSync("rocket.jpg", data[0].b64_json, "base64")' \
  || { cat rocket.json; false; }
