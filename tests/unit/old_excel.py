"""Writes the smallest .xls (BIFF8 in an OLE container) that a reader of old workbooks takes."""

import struct

SECTOR = 512


def xls(rows) -> bytes:
    """One sheet of text and numbers."""

    def record(kind, body=b""):
        return struct.pack("<HH", kind, len(body)) + body

    def bof(kind):
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 1996, 0x41, 0x06))

    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                cells += record(0x0204, struct.pack("<HHHHB", r, c, 0, len(value), 1) + value.encode("utf-16-le"))
            elif value is not None:
                cells += record(0x0203, struct.pack("<HHHd", r, c, 0, value))
    sheet = bof(0x0010) + cells + record(0x000A)
    name = b"Jawaban"

    def bound(position):
        return record(0x0085, struct.pack("<IHBB", position, 0, len(name), 0) + name)

    head = len(bof(0x0005)) + len(bound(0)) + len(record(0x000A))
    return ole("Workbook", bof(0x0005) + bound(head) + record(0x000A) + sheet)


def ole(name, stream) -> bytes:
    """A container with one stream, long enough to stand in ordinary sectors."""
    stream = stream.ljust(max(4096, -(-len(stream) // SECTOR) * SECTOR), b"\0")
    sectors = len(stream) // SECTOR
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    fat = [table, end, *range(3, 2 + sectors), end]
    fat += [free] * (SECTOR // 4 - len(fat))

    def entry(title, kind, child, start, size):
        coded = title.encode("utf-16-le") + b"\0\0" if title else b""
        return coded.ljust(64, b"\0") + struct.pack(
            "<HBBIII16sI8s8sIII", len(coded), kind, 1, free, free, child, b"", 0, b"", b"", start, size, 0
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, len(stream)) + entry("", 0, free, 0, 0) * 2
    header = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    header += struct.pack("<HHHHH6s", 0x3E, 3, 0xFFFE, 9, 6, b"")
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *([free] * 108))
    return header + struct.pack("<128I", *fat) + directory + stream
