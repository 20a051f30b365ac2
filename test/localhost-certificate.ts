/**
 * A certificate for `localhost` and no other name, which has signed itself and is valid until 2126.
 * Its key is public and nobody may trust it: it is here because Node cannot make certificates, and
 * not every machine has openssl.
 */
export const LOCALHOST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBYDCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyNjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMRV8QXuBelcG1JL
Ww0cRRjZcOIpl0tsshxhJUJQrlcq8p5zEsDdSGMWwWpnYJZmchDn5SGjeelF7kiQ
trAbn8OjSDBGMBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/
MB0GA1UdDgQWBBQmob5JEjYZGt6ICU7UFELyR/dGhDAKBggqhkjOPQQDAgNHADBE
AiAJZa9kKG/UK/4UJN9w0X0Ii93xA049naOAi+3n40ycfwIgZylFd0e/kICdJ5jK
O4Uo9OkkqgY6bUEDxNHBygLTd/k=
-----END CERTIFICATE-----
`;

export const LOCALHOST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGs5cwrFtJcK7vNQS
4XKVLtdD4gzvSMs+UhW1BFYcOYWhRANCAATEVfEF7gXpXBtSS1sNHEUY2XDiKZdL
bLIcYSVCUK5XKvKecxLA3UhjFsFqZ2CWZnIQ5+Uho3npRe5IkLawG5/D
-----END PRIVATE KEY-----
`;
