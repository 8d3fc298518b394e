#include "store/endpoint_series.h"

#include <chrono>
#include <utility>

#include "base/errors.h"
#include "store/set_filters.h"

namespace varve {
namespace {

class EndpointSeries : public ChunkSeriesSet {
 public:
  EndpointSeries(StoreEndpoint endpoint, PartialResponse partial_response, SeriesObserver* observer,
                 absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> answer, std::shared_ptr<UnsortedEndpoints> unsorted,
                 Counter& empty_streams)
      : endpoint_(std::move(endpoint)),
        partial_response_(partial_response),
        observer_(observer),
        unsorted_(std::move(unsorted)),
        empty_streams_(empty_streams),
        start_(std::chrono::steady_clock::now()) {
    if (answer.ok()) {
      set_ = *std::move(answer);
    } else {
      Finish(Annotate(answer.status(), "fetch series for {}", endpoint_.ToString()));
    }
  }
  ~EndpointSeries() override {
    if (!finished_) Report(absl::OkStatus());  // the reader had enough
  }

  bool Next() override {
    if (finished_) return false;
    if (!set_->Next()) {
      if (IsOwnLimit(set_->status())) partial_response_ = PartialResponse::kAbort;
      Finish(Annotate(set_->status(), "receive series from {}", endpoint_.ToString()));
      return false;
    }
    const ChunkSeries& series = set_->At();
    if (!endpoint_.local) {  // a store of ours keeps the order
      if (series.labels < last_) {
        unsorted_->Add(endpoint_.address);
        Finish(DataLoss("receive series from {}: series are out of order: {} comes after {}", endpoint_.ToString(),
                        series.labels.ToString(), last_.ToString()));
        return false;
      }
      last_ = series.labels;
    }
    Count(series);
    return true;
  }
  ChunkSeries& At() override { return set_->At(); }
  const absl::Status& status() const override { return status_; }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = set_ == nullptr ? std::vector<std::string>() : set_->warnings();
    if (!warning_.empty()) all.push_back(warning_);
    return all;
  }

 private:
  void Finish(const absl::Status& outcome) {
    finished_ = true;
    if (seen_.series == 0) empty_streams_.Increment();
    Report(outcome);
    if (outcome.ok()) return;
    if (partial_response_ == PartialResponse::kWarn) {
      warning_ = Message(outcome);
    } else {
      const bool limit = absl::IsResourceExhausted(outcome);
      status_ = MakeStatus(limit ? outcome.code() : absl::StatusCode::kAborted, Message(outcome));
    }
  }

  void Count(const ChunkSeries& series) {
    ++seen_.series;
    seen_.chunks += static_cast<int64_t>(series.chunks.size());
    for (const ChunkView& chunk : series.chunks) {
      seen_.bytes += static_cast<int64_t>(chunk.data.size());
      if (observer_ == nullptr) continue;
      if (const auto samples = ChunkSampleCount(chunk.encoding, chunk.data); samples.ok()) seen_.samples += *samples;
    }
  }

  void Report(const absl::Status& outcome) {
    if (observer_ == nullptr) return;
    const auto spent = std::chrono::steady_clock::now() - start_;
    seen_.address = endpoint_.address;
    seen_.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(spent).count();
    seen_.status = outcome;
    observer_->OnEndpoint(seen_);
  }

  const StoreEndpoint endpoint_;  // keeps the store of set_ alive
  PartialResponse partial_response_;
  SeriesObserver* const observer_;
  const std::shared_ptr<UnsortedEndpoints> unsorted_;
  Counter& empty_streams_;
  const std::chrono::steady_clock::time_point start_;
  std::unique_ptr<ChunkSeriesSet> set_;
  bool finished_ = false;
  Labels last_;
  SeriesObserver::Endpoint seen_;
  std::string warning_;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<ChunkSeriesSet> NewEndpointSeries(const EndpointQuery& query, const SeriesRequest& request,
                                                  absl::StatusOr<std::unique_ptr<ChunkSeriesSet>> answer,
                                                  std::shared_ptr<UnsortedEndpoints> unsorted, Counter& empty_streams) {
  const bool strip = !query.info->supports_without_replica_labels && !request.without_replica_labels.empty();
  if (answer.ok() && strip) answer = NewRelabelledSeries(*std::move(answer), Labels(), request.without_replica_labels);
  if (answer.ok() && !query.info->supports_sharding) answer = NewShardedSeries(*std::move(answer), request.shard);
  if (answer.ok() && unsorted->Has(query.endpoint.address)) answer = SortChunkSeriesSet(*std::move(answer));
  return std::make_unique<EndpointSeries>(query.endpoint, request.partial_response, request.observer, std::move(answer),
                                          std::move(unsorted), empty_streams);
}

}  // namespace varve
