// Strict reading of YAML configs: every key is asked for by name and type, and one that nobody asked for is an error.
//
//   VARVE_ASSIGN_OR_RETURN(const YamlNode root, YamlNode::Parse(text));
//   YamlMap map(root, "objstore config");
//   map.Read("bucket", config.bucket);
//   map.Read("insecure", config.insecure);
//   return map.Finish();                   // the first wrong type, or "unknown key \"bukket\" in objstore config (line 3)"
//
// Shape    a copy of the document, free of yaml-cpp. A key that is absent or null leaves the target as it was.
// Errors   InvalidArgument with line, key and what was expected.
// Threads  a node is immutable; a YamlMap belongs to one thread.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace varve {

class YamlNode {
 public:
  enum class Kind { kNull, kScalar, kSequence, kMap };

  static absl::StatusOr<YamlNode> Parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_scalar() const { return kind_ == Kind::kScalar; }
  bool is_sequence() const { return kind_ == Kind::kSequence; }
  bool is_map() const { return kind_ == Kind::kMap; }
  int line() const { return line_; }  // from 1

  const std::string& scalar() const { return scalar_; }                                    // empty unless a scalar
  const std::vector<YamlNode>& items() const { return items_; }                            // of a sequence
  const std::vector<std::pair<std::string, YamlNode>>& fields() const { return fields_; }  // of a map, in order
  const YamlNode* Find(std::string_view key) const;                                        // nullptr if absent

 private:
  friend struct YamlConverter;
  Kind kind_ = Kind::kNull;
  int line_ = 0;
  std::string scalar_;
  std::vector<YamlNode> items_;
  std::vector<std::pair<std::string, YamlNode>> fields_;
};

class YamlMap {
 public:
  // `where` names the map in errors. A null node counts as an empty map. `node` outlives this.
  YamlMap(const YamlNode& node, std::string where);

  void Read(std::string_view key, std::string& out);
  void Read(std::string_view key, bool& out);
  void Read(std::string_view key, int& out);
  void Read(std::string_view key, int64_t& out);
  void Read(std::string_view key, uint64_t& out);
  void Read(std::string_view key, double& out);
  void Read(std::string_view key, std::vector<std::string>& out);
  void Read(std::string_view key, std::map<std::string, std::string>& out);
  void ReadDurationMs(std::string_view key, int64_t& out);  // Prometheus' or Go's grammar
  void ReadSizeBytes(std::string_view key, uint64_t& out);  // 100, 64MB, 1GiB: as alecthomas/units, both of 1024
  // The node itself, for nested maps and lists; nullptr if absent or null. Counts as asked for.
  const YamlNode* Child(std::string_view key);
  void Fail(absl::Status status);  // keeps the first

  bool ok() const { return status_.ok(); }
  absl::Status Finish(bool allow_unknown_keys = false);

 private:
  const YamlNode* Scalar(std::string_view key, std::string_view expected);
  void FailType(const YamlNode& node, std::string_view key, std::string_view expected);

  const YamlNode& node_;
  std::string where_;
  std::vector<std::string> asked_;
  absl::Status status_;
};

// Sizes as Thanos' configs and flags write them: bytes, or a number with B, KB, KiB, MB, MiB, ... (all powers of 1024).
absl::StatusOr<uint64_t> ParseSizeBytes(std::string_view text);

}  // namespace varve
