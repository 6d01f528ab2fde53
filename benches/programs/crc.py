"""Integers and bytes: CRC-32 by table, Adler-32, xorshift, popcounts."""


def table():
    result = []
    for n in range(256):
        for _ in range(8):
            n = n >> 1 ^ 0xEDB88320 if n & 1 else n >> 1
        result.append(n)
    return result


TABLE = table()


def crc32(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def adler32(data):
    a, b = 1, 0
    for byte in data:
        a = (a + byte) % 65521
        b = (b + a) % 65521
    return b << 16 | a


def xorshift(n):
    x = 88172645463325252
    total = 0
    for _ in range(n):
        x ^= x << 13 & 0xFFFFFFFFFFFFFFFF
        x ^= x >> 7
        x ^= x << 17 & 0xFFFFFFFFFFFFFFFF
        total += x & 0xFFFF
    return total


def bits(n):
    total = 0
    for i in range(n):
        while i:
            i &= i - 1
            total += 1
    return total


if __name__ == "__main__":
    data = bytes(i * 31 & 255 for i in range(1_200_000))
    print(hex(crc32(data)), hex(adler32(data)), xorshift(400_000), bits(300_000))
