#include "blocks/testing/simulation/simulated_bucket.h"

#include <absl/strings/ascii.h>

#include <algorithm>

#include "base/errors.h"
#include "base/status_macros.h"

namespace varve {

namespace {

// Where the text of a key, or a number or text that is its value, lies in `json`.
struct Spans {
  explicit Spans(std::string_view json) {
    for (size_t at = 0; at < json.size();) {
      const size_t begin = at;
      if (json[at] == '"') {
        at = std::min(json.find('"', at + 1), json.size() - 1) + 1;
        all.emplace_back(begin + 1, at - 1 - std::min(begin + 1, at - 1));
      } else if (absl::ascii_isdigit(static_cast<unsigned char>(json[at]))) {
        while (at < json.size() && absl::ascii_isdigit(static_cast<unsigned char>(json[at]))) ++at;
        all.emplace_back(begin, at - begin);
      } else {
        ++at;
      }
    }
    std::erase_if(all, [](const auto& span) { return span.second == 0; });
  }
  std::vector<std::pair<size_t, size_t>> all;  // begin, length
};

}  // namespace

absl::Status SimulatedBucket::Turn(std::string_view operation, std::string_view name) {
  if (crashed_) return Aborted("the process is dead");
  baton_.Yield(actor_);
  history_.push_back(fmt::format("{} {} {}", actor_, operation, name));
  ++operations_;
  clock_.Advance(faults_.step);
  if (baton_.Happens(faults_.crash)) {
    crashed_ = true;
    Note(": crash");
    return Aborted("the process dies");
  }
  if (!baton_.Happens(faults_.fail)) return absl::OkStatus();
  Note(": fails");
  return Unavailable("the bucket is out of order");
}

template <typename Write>
absl::Status SimulatedBucket::DoWrite(std::string_view operation, std::string_view name, Write write) {
  const bool was_dead = crashed_;
  const absl::Status turn = Turn(operation, name);
  if (turn.ok()) return write();
  if (was_dead || !baton_.Happens(0.5)) return turn;
  Note(" after it was done");
  write().IgnoreError();
  return turn;
}

void SimulatedBucket::Damage(std::span<std::byte> bytes) {
  if (bytes.empty() || !baton_.Happens(faults_.corrupt)) return;
  const size_t at = baton_.Draw() % bytes.size();
  bytes[at] ^= std::byte{1} << (baton_.Draw() % 8);
  Note(fmt::format(": damaged at {}", at));
}

void SimulatedBucket::DamageKey(std::string& json) {
  if (json.empty() || !baton_.Happens(faults_.corrupt_key)) return;
  const Spans spans(json);
  if (spans.all.empty()) return;
  const auto [begin, length] = spans.all[baton_.Draw() % spans.all.size()];
  const size_t at = begin + baton_.Draw() % length;
  json[at] = static_cast<char>(json[at] ^ 1);  // still a digit where it was one
  Note(fmt::format(": damaged in {:?}", std::string_view(json).substr(begin, length)));
}

absl::Status SimulatedBucket::Iter(const Context& ctx, std::string_view directory, IterOptions options,
                                   const std::function<absl::Status(const ObjectEntry&)>& visit) {
  VARVE_RETURN_IF_ERROR(Turn("list", directory));
  const std::pair key(std::string(directory), options.recursive);
  const auto before = listings_.find(key);
  if (before == listings_.end() || faults_.stale == 0 || !baton_.Happens(faults_.stale)) {
    VARVE_RETURN_IF_ERROR(List(ctx, directory, options, listings_[key]));
  } else {
    Note(": stale");
  }
  const std::vector<ObjectEntry> entries = listings_[key];  // visiting one may list others
  for (const ObjectEntry& entry : entries) VARVE_RETURN_IF_ERROR(visit(entry));
  return absl::OkStatus();
}

absl::Status SimulatedBucket::List(const Context& ctx, std::string_view directory, IterOptions options,
                                   std::vector<ObjectEntry>& entries) {
  entries.clear();
  return shared_.Iter(ctx, directory, options, [&entries](const ObjectEntry& entry) {
    entries.push_back(entry);
    return absl::OkStatus();
  });
}

absl::StatusOr<size_t> SimulatedBucket::ReadAt(const Context& ctx, std::string_view name, uint64_t offset,
                                               std::span<std::byte> out) {
  VARVE_RETURN_IF_ERROR(Turn("read", name));
  VARVE_ASSIGN_OR_RETURN(const size_t got, shared_.ReadAt(ctx, name, offset, out));
  Damage(out.first(got));
  return got;
}

absl::StatusOr<std::string> SimulatedBucket::ReadAll(const Context& ctx, std::string_view name) {
  VARVE_RETURN_IF_ERROR(Turn("read all of", name));
  VARVE_ASSIGN_OR_RETURN(std::string content, shared_.ReadAll(ctx, name));
  Damage(std::as_writable_bytes(std::span(content)));
  DamageKey(content);
  return content;
}

absl::StatusOr<ObjectAttributes> SimulatedBucket::Attributes(const Context& ctx, std::string_view name) {
  VARVE_RETURN_IF_ERROR(Turn("ask for", name));
  return shared_.Attributes(ctx, name);
}

absl::StatusOr<bool> SimulatedBucket::Exists(const Context& ctx, std::string_view name) {
  VARVE_RETURN_IF_ERROR(Turn("look for", name));
  return shared_.Exists(ctx, name);
}

absl::Status SimulatedBucket::Upload(const Context& ctx, std::string_view name, Bytes content) {
  return DoWrite("upload", name, [&] { return shared_.Upload(ctx, name, content); });
}

absl::Status SimulatedBucket::UploadFile(const Context& ctx, std::string_view name, const std::string& path) {
  return DoWrite("upload", name, [&] { return shared_.UploadFile(ctx, name, path); });
}

absl::Status SimulatedBucket::Delete(const Context& ctx, std::string_view name) {
  return DoWrite("delete", name, [&] { return shared_.Delete(ctx, name); });
}

}  // namespace varve
