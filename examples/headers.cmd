curl --fail-with-body -sS -D - -o response.json http://127.0.0.1:8045/v1/images/generations ^
  -H "Content-Type: application/json" ^
  -d "{\"prompt\": \"test\", \"n\": 1, \"size\": \"1024x1024\"}"
