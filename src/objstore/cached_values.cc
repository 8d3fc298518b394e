#include "objstore/cached_values.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace varve {

Blob EncodeAttributes(const ObjectAttributes& attributes) {
  ByteWriter writer;
  writer.U8(kThere);
  writer.U64(attributes.size);
  writer.U64(static_cast<uint64_t>(attributes.last_modified));
  return Blob::Copy(writer.bytes());
}

std::optional<ObjectAttributes> DecodeAttributes(Bytes bytes) {
  ByteReader reader(bytes);
  const uint8_t kind = reader.U8();
  ObjectAttributes attributes = {.size = reader.U64()};
  attributes.last_modified = static_cast<TimestampMs>(reader.U64());
  if (!reader.ok() || !reader.empty() || kind != kThere) return std::nullopt;
  return attributes;
}

Blob EncodeListing(const std::vector<ObjectEntry>& entries) {
  ByteWriter writer;
  writer.U8(kThere);
  for (const ObjectEntry& entry : entries) {
    writer.UvarintText(entry.name);
    writer.Uvarint(entry.attributes.size);
    writer.Varint(entry.attributes.last_modified);
  }
  return Blob::Copy(writer.bytes());
}

std::optional<std::vector<ObjectEntry>> DecodeListing(Bytes bytes) {
  ByteReader reader(bytes);
  if (reader.U8() != kThere) return std::nullopt;
  std::vector<ObjectEntry> entries;
  while (reader.ok() && !reader.empty()) {
    ObjectEntry& entry = entries.emplace_back();
    entry.name = reader.UvarintText();
    entry.attributes.size = reader.Uvarint();
    entry.attributes.last_modified = reader.Varint();
  }
  if (!reader.ok()) return std::nullopt;
  return entries;
}

}  // namespace varve
