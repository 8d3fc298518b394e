// The one door from events to blocking code: a coroutine hands work to its loop and goes on when it is done.
//
//   co_await Offload(loop, std::move(work));   // one per statement; `work` is a named local
//
// Shape    `work` runs where net/event_loop.h says; the coroutine resumes on its own strand.
// Errors   none: `work` must not throw.
// Threads  what `work` touches belongs to it until the coroutine resumes. The executor's thread may still be on its way out of Asio
//          when the coroutine has long gone on and the server has stopped: therefore it shares the io_context.
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

#include "net/event_loop.h"

namespace varve {

// What the loop is given: does the work, then posts the completion back to where the coroutine lives.
template <typename Completion>
struct OffloadTask {
  SharedIoContext io;                      // first, so that it goes last
  std::shared_ptr<Completion> completion;  // a std::function must be copyable, a completion is not
  std::function<void()> work;

  void operator()() {
    work();
    work = nullptr;
    auto strand = boost::asio::get_associated_executor(*completion);
    boost::asio::post(strand, std::move(*completion));
  }
};

struct OffloadInitiation {
  template <typename Completion>
  void operator()(Completion&& completion, EventLoop* loop, std::function<void()> work) const {
    using Stored = std::decay_t<Completion>;
    loop->Post(OffloadTask<Stored>{loop->io(), std::make_shared<Stored>(std::forward<Completion>(completion)), std::move(work)});
  }
};

inline boost::asio::awaitable<void> Offload(EventLoop& loop, std::function<void()> work) {
  co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(
      OffloadInitiation(), boost::asio::use_awaitable, &loop, std::move(work));
}

}  // namespace varve
