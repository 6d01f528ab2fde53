# TLS over memory and over sockets, with a certificate made for this test.
import os
import socket
import ssl
import tempfile
import threading

CA = """\
-----BEGIN CERTIFICATE-----
MIIBxTCCAWugAwIBAgIUB6fLNp7Iobfu52jXQmyY4Rt25J8wCgYIKoZIzj0EAwIw
LzELMAkGA1UEBhMCWFgxDjAMBgNVBAoMBUtyYWl0MRAwDgYDVQQDDAdUZXN0IENB
MCAXDTI2MTEyMjIwNTg0OVoYDzIxMjYxMDI5MjA1ODQ5WjAvMQswCQYDVQQGEwJY
WDEOMAwGA1UECgwFS3JhaXQxEDAOBgNVBAMMB1Rlc3QgQ0EwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATJRMaQG7AS8f6X2NDkcjNKn81xZ+ecNCDKC/2cGA7VR1/p
h74x3e5KRhazDpQEDJ8/uxIhQa0c9wtsQlaw69Teo2MwYTAdBgNVHQ4EFgQU80qC
o09FSNbjwK4oQBp5gZWjAJEwHwYDVR0jBBgwFoAU80qCo09FSNbjwK4oQBp5gZWj
AJEwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwCgYIKoZIzj0EAwID
SAAwRQIgJF17/j5Xosb/kHzBiKAp0gpI5R+YD0ZLIJudEwW8iYACIQD4d1Qho66Y
BcD4W+lSp7unO4WNJS69I6pIlA+L/PNhbA==
-----END CERTIFICATE-----
"""
SERVER = """\
-----BEGIN CERTIFICATE-----
MIIB6zCCAZGgAwIBAgICEjQwCgYIKoZIzj0EAwIwLzELMAkGA1UEBhMCWFgxDjAM
BgNVBAoMBUtyYWl0MRAwDgYDVQQDDAdUZXN0IENBMCAXDTI2MTEyMjIwNTg0OVoY
DzIxMjYxMDI5MjA1ODQ5WjAxMQswCQYDVQQGEwJYWDEOMAwGA1UECgwFS3JhaXQx
EjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDWb
Nc797nsT6g1XB1lY+y1yA6yskWYec6oFZpqPwPo2iiaSMWsolNvCVGbrqEI1B+bY
h3sL78Vo9DttGGiOX5GjgZgwgZUwKQYDVR0RBCIwIIIJbG9jYWxob3N0gg0qLmV4
YW1wbGUub3JnhwR/AAABMAkGA1UdEwQCMAAwHQYDVR0lBBYwFAYIKwYBBQUHAwEG
CCsGAQUFBwMCMB0GA1UdDgQWBBSOVmF5MgAPavlXaoWQi8xEbdGJHzAfBgNVHSME
GDAWgBTzSoKjT0VI1uPArihAGnmBlaMAkTAKBggqhkjOPQQDAgNIADBFAiEAwSTH
QwcdGCdT+9Hq2k0zAVITU0ZNwDbGEDk/7xBVM5sCIDiWm2t+Za80Dcl8iyEXuRnB
3sV+qgSk/ixfYa2pIzNz
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgELG8v4KSjvApbKvn
RuNMe4LBE1zqqBtNz2LietiDKlKhRANCAAQ1mzXO/e57E+oNVwdZWPstcgOsrJFm
HnOqBWaaj8D6NoomkjFrKJTbwlRm66hCNQfm2Id7C+/FaPQ7bRhojl+R
-----END PRIVATE KEY-----
"""

folder = tempfile.mkdtemp()
ca_file = os.path.join(folder, "ca.pem")
server_file = os.path.join(folder, "server.pem")
with open(ca_file, "w") as f:
    f.write(CA)
with open(server_file, "w") as f:
    f.write(SERVER)

server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain(server_file)
client = ssl.create_default_context(cafile=ca_file)
print(client.verify_mode, client.check_hostname, client.minimum_version)
print(client.cert_store_stats(), client.get_ca_certs()[0]["subject"])


def handshake(client, server, name="localhost"):
    a, b, c, d = (ssl.MemoryBIO() for _ in range(4))
    left = client.wrap_bio(a, b, server_hostname=name)
    right = server.wrap_bio(c, d, server_side=True)
    done = set()
    while len(done) < 2:
        for side, out, into in ((left, b, c), (right, d, a)):
            try:
                side.do_handshake()
                done.add(side)
            except ssl.SSLWantReadError:
                pass
            into.write(out.read())
    return left, right, a, b, c, d


left, right, a, b, c, d = handshake(client, server)
print(left.version(), left.cipher()[1], right.version(), left.server_hostname, right.server_side)
cert = left.getpeercert()
print(cert["subject"], cert["issuer"], cert["version"], cert["serialNumber"], cert["subjectAltName"])
print(right.getpeercert(), len(left.getpeercert(True)) == len(ssl.PEM_cert_to_DER_cert(SERVER[:SERVER.index("-----BEGIN PRIVATE")])))
print(left.write(b"ping"), c.write(b.read()) > 4, right.read())
right.write(b"x" * 100000)
a.write(d.read())
got = b""
while len(got) < 100000:
    got += left.read(4096)
print(got == b"x" * 100000, left.pending())
try:
    left.read()
except ssl.SSLWantReadError as e:
    print(type(e).__mro__[1].__name__, e.errno, e.strerror.split(" (_ssl")[0])
try:
    left.unwrap()
except ssl.SSLWantReadError:
    c.write(b.read())
print(right.read())
right.unwrap()
a.write(d.read())
left.unwrap()

for name in ("other.host", "a.example.org", "127.0.0.1", "127.0.0.2"):
    try:
        handshake(client, server, name)
        print(name, "ok")
    except ssl.SSLCertVerificationError as e:
        print(name, e.verify_code, e.verify_message, e.reason, isinstance(e, ValueError))
try:
    handshake(ssl.create_default_context(cadata=SERVER[:SERVER.index("-----BEGIN PRIVATE")]), server)
    print("trusted leaf")
except ssl.SSLError as e:
    print(e.reason)
strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
try:
    handshake(strict, server)
except ssl.SSLCertVerificationError as e:
    print(e.verify_message)
strict.check_hostname = False
try:
    strict.verify_mode = ssl.CERT_NONE
    handshake(strict, server, None)
    print("unverified")
except ssl.SSLError as e:
    print(e)
client.set_alpn_protocols(["h2", "http/1.1"])
server.set_alpn_protocols(["http/1.1"])
old = ssl.create_default_context(cafile=ca_file)
old.maximum_version = ssl.TLSVersion.TLSv1_2
left, right, *_ = handshake(old, server)
print(left.version(), left.cipher()[0].startswith("ECDHE-ECDSA"), left.selected_alpn_protocol())
left, right, *_ = handshake(client, server)
print(left.selected_alpn_protocol(), right.selected_alpn_protocol())

names = []
server.sni_callback = lambda sock, name, context: names.append(name)
handshake(client, server)
print(names)
server.sni_callback = None


def serve(listener):
    with listener:
        conn, _ = listener.accept()
        with server.wrap_socket(conn, server_side=True) as s:
            data = s.recv(1000)
            s.sendall(data.upper())


listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
t = threading.Thread(target=serve, args=(listener,))
t.start()
with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
    with client.wrap_socket(raw, server_hostname="localhost") as s:
        s.sendall(b"hello")
        print(s.recv(100), s.recv(100))
t.join()

for call in (
    lambda: ssl.SSLContext(99),
    lambda: client.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True),
    lambda: client.set_ciphers("nonsense"),
    lambda: client.load_verify_locations(),
    lambda: client.load_verify_locations(cadata="x"),
    lambda: client.load_cert_chain(ca_file),
    lambda: client.load_cert_chain("/nonexistent"),
    lambda: setattr(client, "verify_mode", ssl.CERT_NONE),
    lambda: ssl.RAND_bytes(-1),
):
    try:
        call()
        print("no error")
    except Exception as e:
        print(type(e).__name__, str(e).split(" (_ssl")[0])
print(ssl.Purpose.SERVER_AUTH.shortname, len(ssl.RAND_bytes(8)), ssl.RAND_status())
os.remove(ca_file)
os.remove(server_file)
os.rmdir(folder)
