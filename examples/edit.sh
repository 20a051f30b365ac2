#!/usr/bin/env bash
curl --fail-with-body -sS http://127.0.0.1:8045/v1/images/edits \
  -F image=@rocket.jpg \
  -F prompt='Make it night, with stars' \
  -o night.json \
  && node -e 'const { data } = JSON.parse(fs.readFileSync("night.json")); fs.writeFileSync("night.jpg", data[0].b64_json, "base64")' \
  || { cat night.json; false; }
