$body = @{ prompt = 'A minimalist rocket icon, flat design'; size = '1920x1080' } | ConvertTo-Json
$response = Invoke-RestMethod http://127.0.0.1:8045/v1/images/generations -Method Post `
  -ContentType 'application/json; charset=utf-8' -Body $body
[IO.File]::WriteAllBytes((Join-Path $PWD 'rocket.jpg'), [Convert]::FromBase64String($response.data[0].b64_json))
