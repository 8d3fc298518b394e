#include "net/gzip.h"

#include <zlib.h>

#include <algorithm>

#include "base/check.h"
#include "base/errors.h"

namespace varve {
namespace {

constexpr int kGzipWindowBits = 15 + 16;  // zlib's way to say gzip
// JSON and text metrics shrink nearly as well at the fastest level, at a third of the time.
constexpr int kLevel = Z_BEST_SPEED;
constexpr size_t kOutputStep = 64 << 10;

void SetInput(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
  stream.avail_in = static_cast<uInt>(bytes.size());
}

// Calls `work` (deflate or inflate) with room at the end of `out`; answers its code.
template <typename Work>
int WithRoom(z_stream& stream, std::string& out, Work work) {
  const size_t old_size = out.size();
  out.resize(old_size + kOutputStep);
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + old_size);
  stream.avail_out = kOutputStep;
  const int code = work();
  out.resize(out.size() - stream.avail_out);
  return code;
}

}  // namespace

struct GzipWriter::State {
  z_stream stream{};
};

GzipWriter::GzipWriter() : state_(std::make_unique<State>()) {
  const int code = deflateInit2(&state_->stream, kLevel, Z_DEFLATED, kGzipWindowBits, 8, Z_DEFAULT_STRATEGY);
  VARVE_CHECK(code == Z_OK);
}

GzipWriter::~GzipWriter() { deflateEnd(&state_->stream); }

void GzipWriter::Append(std::string_view part, bool finish, std::string& out) {
  z_stream& stream = state_->stream;
  do {
    const std::string_view piece = part.substr(0, 1 << 30);  // avail_in has 32 bits
    part.remove_prefix(piece.size());
    const int flush = finish && part.empty() ? Z_FINISH : Z_NO_FLUSH;
    SetInput(stream, piece);
    do {
      const int code = WithRoom(stream, out, [&] { return deflate(&stream, flush); });
      VARVE_CHECK(code != Z_STREAM_ERROR);
    } while (stream.avail_out == 0);
  } while (!part.empty());
}

absl::StatusOr<std::string> GzipDecompress(std::string_view bytes, uint64_t bytes_max) {
  if (bytes.size() > std::numeric_limits<uInt>::max()) return ResourceExhausted("gzip: {} bytes are too many", bytes.size());
  z_stream stream{};
  const int init = inflateInit2(&stream, kGzipWindowBits);
  VARVE_CHECK(init == Z_OK);
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  SetInput(stream, bytes);
  std::string out;
  while (true) {
    const int code = WithRoom(stream, out, [&] { return inflate(&stream, Z_NO_FLUSH); });
    if (out.size() > bytes_max) return ResourceExhausted("gzip: more than {} bytes when unpacked", bytes_max);
    if (code == Z_STREAM_END) {
      if (stream.avail_in == 0) return out;
      if (inflateReset(&stream) != Z_OK) break;  // a gzip file may have several members
      continue;
    }
    if (code != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0)) break;
  }
  return InvalidArgument("gzip: the bytes are damaged or cut off");
}

}  // namespace varve
