// A SourceFactory over samples in memory that remembers what it was asked for.
#pragma once

#include <functional>
#include <memory>

#include "api/source_factory.h"
#include "base/mutex.h"
#include "base/status_macros.h"
#include "net/http_message.h"
#include "storage/testing/memory_series_source.h"

namespace varve {

class FakeSources : public SourceFactory {
 public:
  std::unique_ptr<SeriesSource> Open(const SourceOptions& options) override {
    MutexLock lock(mutex_);
    last_options_ = options;
    return std::make_unique<Forward>(*this);
  }

  // For samples that come while a server runs.
  void Append(const Labels& labels, TimestampMs time, double value) {
    MutexLock lock(mutex_);
    source.Append(labels, time, value);
  }

  SourceOptions last_options() const {
    MutexLock lock(mutex_);
    return last_options_;
  }

  MemorySeriesSource source;
  std::function<absl::Status(const Context&)> on_select;  // what happens before each Select; may be null

 private:
  class Forward : public SeriesSource {
   public:
    explicit Forward(FakeSources& sources) : sources_(sources), to_(sources.source) {}
    absl::StatusOr<std::unique_ptr<SeriesSet>> Select(const Context& ctx, const SelectRequest& request) override {
      if (sources_.on_select != nullptr) VARVE_RETURN_IF_ERROR(sources_.on_select(ctx));
      return to_.Select(ctx, request);
    }
    absl::StatusOr<LabelsResult> LabelNames(const Context& ctx, const LabelsRequest& request) override {
      return to_.LabelNames(ctx, request);
    }
    absl::StatusOr<LabelsResult> LabelValues(const Context& ctx, std::string_view label, const LabelsRequest& request) override {
      return to_.LabelValues(ctx, label, request);
    }

   private:
    FakeSources& sources_;
    SeriesSource& to_;
  };

  mutable Mutex mutex_;  // a server's thread opens it, the test's fills it and looks at it
  SourceOptions last_options_ ABSL_GUARDED_BY(mutex_);
};

// A request for `target` as the server would hand it over.
inline HttpRequest FakeRequest(std::string_view target) {
  HttpRequest request;
  request.method = "GET";
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.form_error = ParseUrlQuery(target.substr(question + 1), request.query);
  request.form = request.query;
  return request;
}

}  // namespace varve
