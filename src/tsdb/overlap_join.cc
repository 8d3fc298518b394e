#include "tsdb/overlap_join.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "base/errors.h"
#include "base/status_macros.h"
#include "storage/chunk_series_source.h"
#include "storage/dedup.h"
#include "tsdb/aggregate_windows.h"
#include "tsdb/samples_agree.h"

namespace varve {
namespace {

auto Times(const ChunkView& chunk) { return std::pair(chunk.min_time, chunk.max_time); }

bool Earlier(const ChunkPiece& a, const ChunkPiece& b) { return Times(a.chunk) < Times(b.chunk); }

bool IsCopy(const ChunkView& a, const ChunkView& b) {
  return Times(a) == Times(b) && a.encoding == b.encoding && std::ranges::equal(a.data, b.data);
}

bool FollowEachOther(std::span<const ChunkPiece> pieces) {
  for (size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i].chunk.min_time <= pieces[i - 1].chunk.max_time) return false;
  }
  return true;
}

size_t RunEnd(std::span<const ChunkPiece> pieces, size_t begin) {
  TimestampMs max_time = pieces[begin].chunk.max_time;
  size_t end = begin + 1;
  for (; end < pieces.size() && pieces[end].chunk.min_time <= max_time; ++end) {
    max_time = std::max(max_time, pieces[end].chunk.max_time);
  }
  return end;
}

}  // namespace

absl::Status OverlapJoin::Join(std::vector<ChunkPiece>& pieces, std::vector<ChunkView>& out) {
  out.clear();
  encoded_.clear();
  if (!FollowEachOther(pieces)) {
    std::ranges::stable_sort(pieces, Earlier);
    VARVE_RETURN_IF_ERROR(DropCopies(pieces));
  }
  // A replica that is left has to be remembered from one chunk to the next, as when the replicas are merged for a query.
  const bool as_one = policy_ == OverlapPolicy::kPenalty && !FollowEachOther(pieces);
  for (size_t begin = 0; begin < pieces.size();) {
    const size_t end = as_one ? pieces.size() : RunEnd(pieces, begin);
    if (end - begin == 1) {
      out.push_back(pieces[begin].chunk);
      ++stats_.chunks_copied;
    } else {
      VARVE_RETURN_IF_ERROR(JoinRun(std::span(pieces).subspan(begin, end - begin), out));
    }
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status OverlapJoin::DropCopies(std::vector<ChunkPiece>& pieces) {
  size_t kept = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    bool copy = false;
    for (size_t other = kept; !copy && other > 0 && Times(pieces[other - 1].chunk) == Times(pieces[i].chunk); --other) {
      copy = IsCopy(pieces[other - 1].chunk, pieces[i].chunk);
    }
    if (!copy) {
      pieces[kept++] = pieces[i];
      continue;
    }
    VARVE_ASSIGN_OR_RETURN(const uint32_t samples, ChunkSampleCount(pieces[i].chunk.encoding, pieces[i].chunk.data));
    ++stats_.chunks_dropped;
    stats_.samples_dropped += samples;
  }
  pieces.resize(kept);
  return absl::OkStatus();
}

uint32_t OverlapJoin::ColumnOf(const ChunkPiece& piece) const {
  switch (policy_) {
    case OverlapPolicy::kStrict: return piece.input;
    case OverlapPolicy::kPenalty: return piece.replica;
    case OverlapPolicy::kUnion: break;
  }
  return 0;
}

// The samples of each column, in order. Chunks of one column may overlap, where a block took in late samples.
absl::StatusOr<std::vector<SeriesSamples>> OverlapJoin::DecodeColumns(std::span<const ChunkPiece> run) {
  std::map<uint32_t, std::vector<ChunkView>> columns;
  for (const ChunkPiece& piece : run) {
    VARVE_ASSIGN_OR_RETURN(const uint32_t count, ChunkSampleCount(piece.chunk.encoding, piece.chunk.data));
    stats_.samples_decoded += count;
    columns[ColumnOf(piece)].push_back(piece.chunk);
  }
  std::vector<SeriesSamples> samples;
  for (const auto& [column, chunks] : columns) {
    const absl::Status status = ReadChunks(Context(), chunks, QueryRange{}, samples.emplace_back());
    if (!status.ok()) return FindFault(run), status;
  }
  return samples;
}

void OverlapJoin::FindFault(std::span<const ChunkPiece> run) {
  for (const ChunkPiece& piece : run) {
    SeriesSamples samples;
    if (!ReadChunks(Context(), std::span(&piece.chunk, 1), QueryRange{}, samples).ok()) failed_input_ = piece.input;
  }
}

absl::Status OverlapJoin::JoinDownsampled(std::span<const ChunkPiece> run, std::vector<ChunkView>& out) {
  std::vector<ChunkView> chunks;
  for (const ChunkPiece& piece : run) {
    VARVE_ASSIGN_OR_RETURN(const uint32_t count, ChunkSampleCount(piece.chunk.encoding, piece.chunk.data));
    stats_.samples_decoded += count;
    chunks.push_back(piece.chunk);
  }
  VARVE_ASSIGN_OR_RETURN(auto joined, JoinWindows(chunks));
  return PassOn(std::move(joined), out);
}

absl::Status OverlapJoin::PassOn(std::vector<OwnedChunk> encoded, std::vector<ChunkView>& out) {
  stats_.chunks_encoded += encoded.size();
  for (const OwnedChunk& chunk : encoded_.emplace_back(std::move(encoded))) {
    VARVE_ASSIGN_OR_RETURN(const uint32_t count, ChunkSampleCount(chunk.encoding, chunk.data));
    stats_.samples_encoded += count;
    out.push_back(chunk.view());
  }
  return absl::OkStatus();
}

absl::Status OverlapJoin::JoinRun(std::span<const ChunkPiece> run, std::vector<ChunkView>& out) {
  stats_.chunks_decoded += run.size();
  const auto is_downsampled = [](const ChunkPiece& piece) { return piece.chunk.encoding == ChunkEncoding::kAggr; };
  if (std::ranges::any_of(run, is_downsampled)) return JoinDownsampled(run, out);
  VARVE_ASSIGN_OR_RETURN(std::vector<SeriesSamples> columns, DecodeColumns(run));
  SeriesSamples joined;
  if (policy_ == OverlapPolicy::kPenalty) {
    joined = Deduplicate(DedupAlgorithm::kPenalty, std::move(columns), /*counter=*/false);
  } else {
    joined = std::move(columns.front());
    for (size_t i = 1; i < columns.size(); ++i) {
      VARVE_RETURN_IF_ERROR(CheckAgree(joined, columns[i]));
      std::vector<SeriesSamples> both;
      both.push_back(std::move(joined));
      both.push_back(std::move(columns[i]));
      joined = Deduplicate(DedupAlgorithm::kChain, std::move(both), /*counter=*/false);
    }
  }
  VARVE_ASSIGN_OR_RETURN(auto encoded, EncodeSamples(joined));
  return PassOn(std::move(encoded), out);
}

}  // namespace varve
