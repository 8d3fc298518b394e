// One request of HttpTransport on its way through libcurl: what is sent, where the answer goes, which phase it is in.
//
// Shape    made, prepared and waited for by the caller's thread; driven by the loop's between Started and Finish.
// Errors   as transport.h says.
#pragma once

#include <absl/status/statusor.h>
#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "objstore/http/transport.h"

namespace varve {

class Transfer {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // All three outlive the transfer.
  Transfer(const Context& ctx, const ObjstoreHttpConfig& config, const TransportRequest& request);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // For the caller.
  absl::Status Prepare();
  void WaitUntilDone();
  const absl::Status& status() const { return status_; }  // once done
  TransportResponse TakeResponse() { return std::move(response_); }

  // For the loop.
  static Transfer& Of(CURL* easy);
  CURL* easy() { return easy_.get(); }
  const Context& context() const { return ctx_; }
  void Started(TimePoint now);
  absl::Status CheckWaiting() const;        // whether the caller still waits
  absl::Status CheckActive(TimePoint now);  // that, and whether the present phase takes too long
  absl::Status Judge(CURLcode code);        // what libcurl's verdict means to a user
  void Finish(absl::Status status);         // wakes the caller; the transfer may be gone right after

 private:
  using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

  static void Append(HeaderList& list, const std::string& line);
  absl::Status SetHeaders();
  void SetBody();
  void SetProxy();
  absl::Status SetTls();
  absl::Status SetServerName();

  static size_t OnHeader(char* data, size_t size, size_t count, void* self);
  static size_t OnAnswer(char* data, size_t size, size_t count, void* self);
  static size_t OnSend(char* data, size_t size, size_t count, void* self);
  static int OnSeek(void* self, curl_off_t offset, int origin);
  static CURLcode OnHandshake(CURL* easy, void* ssl_context, void* self);
  size_t TakeHeader(std::string_view line);
  size_t TakeAnswer(std::string_view bytes);
  size_t FillBody(std::span<std::byte> out);

  bool has_body() const { return request_.method == "PUT" || request_.method == "POST"; }
  uint64_t body_bytes() const { return request_.file.has_value() ? request_.file->size : request_.body.size(); }
  int http_status() const;
  bool Reached(CURLINFO phase) const;
  std::string_view Phase() const;

  const Context& ctx_;
  const ObjstoreHttpConfig& config_;
  const TransportRequest& request_;
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy_;
  std::string scheme_, host_, port_;
  HeaderList headers_, connect_to_;
  char error_text_[CURL_ERROR_SIZE] = "";

  // Of the loop's thread while the transfer runs.
  TransportResponse response_;
  uint64_t sent_bytes_ = 0;
  uint64_t answer_bytes_ = 0;
  absl::Status failure_;  // why a callback broke the transfer off
  TimePoint started_, last_progress_;
  std::optional<TimePoint> handshake_started_;

  Mutex mutex_;
  CondVar done_changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_;
};

}  // namespace varve
