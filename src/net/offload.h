// The one door from event threads to blocking code: a coroutine hands work to an executor and goes on when it is done.
//
//   co_await Offload(executor, std::move(work));   // one per statement; `work` is a named local
//
// Shape    `work` runs on the executor; the coroutine resumes on its own strand.
// Errors   none: `work` must not throw.
// Threads  what `work` touches belongs to it until the coroutine resumes.
// Includes Asio: for the .cc files that hold coroutines only.
#pragma once

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <memory>
#include <utility>

#include "runtime/executor.h"

namespace varve {

// Posts work to the executor and its completion back to where the coroutine lives.
struct OffloadInitiation {
  template <typename Completion>
  void operator()(Completion&& completion, Executor* executor, std::function<void()> work) const {
    using Handler = std::decay_t<Completion>;
    auto handler = std::make_shared<Handler>(std::forward<Completion>(completion));  // std::function must be copyable
    executor->Post([handler = std::move(handler), work = std::move(work)]() mutable {
      work();
      work = nullptr;
      auto strand = boost::asio::get_associated_executor(*handler);
      boost::asio::post(strand, std::move(*handler));
    });
  }
};

inline boost::asio::awaitable<void> Offload(Executor& executor, std::function<void()> work) {
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
      OffloadInitiation(), boost::asio::use_awaitable, &executor, std::move(work));
}

}  // namespace varve
