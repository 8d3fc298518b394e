#include "objstore/cache/disk_record.h"

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "base/crc32c.h"

namespace varve {
namespace {

constexpr uint32_t kMagic = 0x56524431;  // VRD1
constexpr size_t kCheckedHeadBytes = 20;

}  // namespace

ByteBuffer EncodeDiskRecord(std::string_view key, Bytes value, TimestampMs expires) {
  ByteWriter writer;
  writer.U32(kMagic);
  writer.U32(static_cast<uint32_t>(key.size()));
  writer.U32(static_cast<uint32_t>(value.size()));
  writer.U64(static_cast<uint64_t>(expires));
  writer.U32(Crc32c(writer.bytes()));
  writer.U32(Crc32c(value, Crc32c(AsBytes(key))));
  writer.Append(AsBytes(key));
  writer.Append(value);
  return writer.Release();
}

std::optional<DiskRecordHead> DecodeDiskRecordHead(Bytes bytes) {
  if (bytes.size() < kDiskRecordHeadBytes) return std::nullopt;
  ByteReader reader(bytes);
  const uint32_t magic = reader.U32();
  DiskRecordHead head;
  head.key_bytes = reader.U32();
  head.value_bytes = reader.U32();
  head.expires = static_cast<TimestampMs>(reader.U64());
  const uint32_t head_crc = reader.U32();
  head.content_crc = reader.U32();
  if (magic != kMagic || head_crc != Crc32c(bytes.first(kCheckedHeadBytes))) return std::nullopt;
  return head;
}

std::optional<DiskRecord> DecodeDiskRecord(Bytes bytes) {
  const std::optional<DiskRecordHead> head = DecodeDiskRecordHead(bytes);
  if (!head.has_value() || head->record_bytes() != bytes.size()) return std::nullopt;
  const Bytes content = bytes.subspan(kDiskRecordHeadBytes);
  if (Crc32c(content) != head->content_crc) return std::nullopt;
  return DiskRecord{
      .key = AsText(content.first(head->key_bytes)), .value = content.subspan(head->key_bytes), .expires = head->expires};
}

}  // namespace varve
