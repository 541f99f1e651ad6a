"""Protocol buffers, as little of them as cri.proto needs: messages are dictionaries, described by a
.proto file that is read here. A field that is absent has its zero value when it is decoded."""

import re

_FIELD = re.compile(r"(repeated )?(\w+) (\w+) = (\d+);")
_NUMBERS = {"int32", "int64", "uint32", "uint64", "bool"}


def _varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7f:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _pieces(data):
    """(number, value) of each field: an integer, or bytes."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = _read_varint(data, at)
        elif kind == 2:
            size, at = _read_varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = {1: 8, 5: 4}[kind]
            value, at = data[at:at + size], at + size
        yield key >> 3, value


class Schema:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"//.*", "", file.read())
        self.messages = {
            name: {field: (int(number), kind, bool(many))
                   for many, kind, field, number in _FIELD.findall(body)}
            for name, body in re.findall(r"message (\w+) \{(.*?)\}", text, re.S)}

    def encode(self, message, values):
        fields, out = self.messages[message], b""
        for name, value in values.items():
            number, kind, many = fields[name]
            for one in value if many else [value]:
                if kind in _NUMBERS:
                    out += _varint(number << 3) + _varint(int(one))
                else:
                    data = self._bytes(kind, one)
                    out += _varint(number << 3 | 2) + _varint(len(data)) + data
        return out

    def _bytes(self, kind, value):
        if kind == "string":
            return value.encode()
        return value if kind == "bytes" else self.encode(kind, value)

    def decode(self, message, data):
        fields = self.messages[message]
        values = {name: [] if many else self._zero(kind) for name, (_, kind, many) in fields.items()}
        names = {number: name for name, (number, _, _) in fields.items()}
        for number, raw in _pieces(data):
            if number in names:
                _, kind, many = fields[names[number]]
                value = self._value(kind, raw)
                if many:
                    values[names[number]].append(value)
                else:
                    values[names[number]] = value
        return values

    @staticmethod
    def _zero(kind):
        return {"string": "", "bytes": b""}.get(kind, 0 if kind in _NUMBERS else None)

    def _value(self, kind, raw):
        if kind in _NUMBERS:
            signed = kind.startswith("int") and raw >> 63
            return raw - (1 << 64) if signed else raw
        if kind == "string":
            return raw.decode(errors="replace")
        return raw if kind == "bytes" else self.decode(kind, raw)
