// Tells ThreadSanitizer how gRPC hands memory from thread to thread: by absl::Mutex, by its completion queues, and by counts of who
// still uses a thing. Debian's abseil and gRPC are not built for ThreadSanitizer, which would take what they do in order for races.
//
// Shape    a shared library before theirs on every link line: calls among the libraries end here first, and go on to the real
//          functions.
// Threads  what was done before an Unlock or a Wait is seen after the next Lock, as abseil promises; what was done before a batch
//          of operations was started is seen by the thread that gets its tag from the queue, as gRPC promises. What was done before
//          libcurl goes on is seen by a test's server that calls varve_tsan_network_handoff, and the other way round, as if the
//          bytes on the socket said so.
#include <absl/base/options.h>
#include <absl/status/status.h>
#include <absl/synchronization/mutex.h>
#include <curl/curl.h>
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpcpp/server.h>
#include <grpcpp/support/server_callback.h>
#include <sanitizer/tsan_interface.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#define VARVE_TEXT_OF(name) #name
#define VARVE_TEXT(name) VARVE_TEXT_OF(name)

namespace {

template <typename Function>
Function Real(const std::string& symbol) {
  void* found = dlsym(RTLD_NEXT, symbol.c_str());
  if (found == nullptr) {
    std::fprintf(stderr, "tsan_handoffs: no library has %s\n", symbol.c_str());
    std::abort();
  }
  return reinterpret_cast<Function>(found);
}

// abseil's own function; `member` is the mangled name behind the inline namespace.
template <typename Function>
Function RealAbsl(const char* member) {
  const std::string inlined = VARVE_TEXT(ABSL_OPTION_INLINE_NAMESPACE_NAME);
  return Real<Function>("_ZN4absl" + std::to_string(inlined.size()) + inlined + member);
}

}  // namespace

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  static const auto real = RealAbsl<void (*)(Mutex*)>("5Mutex4LockEv");
  real(this);
  __tsan_acquire(this);
}

bool Mutex::TryLock() {
  static const auto real = RealAbsl<bool (*)(Mutex*)>("5Mutex7TryLockEv");
  const bool locked = real(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::Unlock() {
  static const auto real = RealAbsl<void (*)(Mutex*)>("5Mutex6UnlockEv");
  __tsan_release(this);
  real(this);
}

void CondVar::Wait(Mutex* mutex) {
  static const auto real = RealAbsl<void (*)(CondVar*, Mutex*)>("7CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  real(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  static const auto real = RealAbsl<bool (*)(CondVar*, Mutex*, Duration)>("7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  static const auto real = RealAbsl<bool (*)(CondVar*, Mutex*, Time)>("7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = real(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

// The end of one owner of a shared status comes before its deletion by the last.
void Status::UnrefNonInlined(uintptr_t shared) {
  static const auto real = RealAbsl<void (*)(uintptr_t)>("6Status15UnrefNonInlinedEm");
  __tsan_release(reinterpret_cast<void*>(shared));
  __tsan_acquire(reinterpret_cast<void*>(shared));
  real(shared);
}

ABSL_NAMESPACE_END
}  // namespace absl

namespace grpc::internal {

// What the callbacks of a server's call did comes before its OnDone: gRPC counts in its own library who still uses the call.
void ServerCallbackCall::ScheduleOnDone(bool inline_ondone) {
  static const auto real = Real<void (*)(ServerCallbackCall*, bool)>("_ZN4grpc8internal18ServerCallbackCall14ScheduleOnDoneEb");
  callbacks_outstanding_.load(std::memory_order_acquire);
  real(this, inline_ondone);
}

}  // namespace grpc::internal

namespace grpc {

// A server is shut down once all of its calls are over.
void Server::UnrefWithPossibleNotify() {
  static const auto real = Real<void (*)(Server*)>("_ZN4grpc6Server23UnrefWithPossibleNotifyEv");
  __tsan_release(this);
  real(this);
}

void Server::UnrefAndWaitLocked() {
  static const auto real = Real<void (*)(Server*)>("_ZN4grpc6Server18UnrefAndWaitLockedEv");
  real(this);
  __tsan_acquire(this);
}

}  // namespace grpc

extern "C" {

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops, size_t count, void* tag, void* reserved) {
  static const auto real = Real<decltype(&grpc_call_start_batch)>("grpc_call_start_batch");
  __tsan_release(tag);
  return real(call, ops, count, tag, reserved);
}

grpc_call_error grpc_server_request_call(grpc_server* server, grpc_call** call, grpc_call_details* details,
                                         grpc_metadata_array* metadata, grpc_completion_queue* bound_queue,
                                         grpc_completion_queue* queue, void* tag) {
  static const auto real = Real<decltype(&grpc_server_request_call)>("grpc_server_request_call");
  __tsan_release(tag);
  return real(server, call, details, metadata, bound_queue, queue, tag);
}

grpc_call_error grpc_server_request_registered_call(grpc_server* server, void* method, grpc_call** call, gpr_timespec* deadline,
                                                    grpc_metadata_array* metadata, grpc_byte_buffer** payload,
                                                    grpc_completion_queue* bound_queue, grpc_completion_queue* queue, void* tag) {
  static const auto real = Real<decltype(&grpc_server_request_registered_call)>("grpc_server_request_registered_call");
  __tsan_release(tag);
  return real(server, method, call, deadline, metadata, payload, bound_queue, queue, tag);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue, gpr_timespec deadline, void* reserved) {
  static const auto real = Real<decltype(&grpc_completion_queue_next)>("grpc_completion_queue_next");
  const grpc_event event = real(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

grpc_event grpc_completion_queue_pluck(grpc_completion_queue* queue, void* tag, gpr_timespec deadline, void* reserved) {
  static const auto real = Real<decltype(&grpc_completion_queue_pluck)>("grpc_completion_queue_pluck");
  const grpc_event event = real(queue, tag, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"

extern "C" {

void varve_tsan_network_handoff() {
  static char network;
  __tsan_acquire(&network);
  __tsan_release(&network);
}

CURLMcode curl_multi_perform(CURLM* multi, int* running) {
  static const auto real = Real<CURLMcode (*)(CURLM*, int*)>("curl_multi_perform");
  varve_tsan_network_handoff();
  const CURLMcode code = real(multi, running);
  varve_tsan_network_handoff();
  return code;
}

}  // extern "C"
